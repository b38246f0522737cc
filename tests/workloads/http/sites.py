"""Servers that record what they are asked, or do not stop answering."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@contextlib.contextmanager
def recorder(
    answer: Callable[[int], bytes] = lambda number: OK, host: str = "127.0.0.1", family: int = socket.AF_INET
) -> Iterator[tuple[int, list[bytes]]]:
    """A server on a loopback port, and the requests that it got. No answer: it hangs up."""
    got: list[bytes] = []

    def record(connection: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data and (more := connection.recv(65536)):
            data += more
        got.append(data)
        connection.sendall(answer(len(got)))

    with _answering(record, host, family) as port:
        yield port, got


@contextlib.contextmanager
def endless(begin: bytes, then: bytes) -> Iterator[tuple[int, list[int]]]:
    """A server on a loopback port that sends whoever comes more and more, and how many bytes went out to each."""
    sent: list[int] = []

    def send(connection: socket.socket) -> None:
        sent.append(0)
        with contextlib.suppress(ConnectionError):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + begin)
            while True:
                connection.sendall(then)
                sent[-1] += len(then)

    with _answering(send) as port:
        yield port, sent


@contextlib.contextmanager
def _answering(
    answer: Callable[[socket.socket], None], host: str = "127.0.0.1", family: int = socket.AF_INET
) -> Iterator[int]:
    """The port of a server that answers one connection after another."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                answer(connection)

    with socket.create_server((host, 0), family=family) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)
            assert not thread.is_alive()
