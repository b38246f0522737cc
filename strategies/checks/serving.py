"""What `serve` promises, seen by the clients that servers meet."""

from __future__ import annotations

import contextlib
import json
import resource
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from harness.strategies.checks.promise import PATIENCE, started

SECONDS = 20.0
MOMENT = 0.5
"""Seconds in which a client that is served has its answer."""


class Server:
    """A strategy that serves in a process of its own, answering in upper case."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.port = process, port

    @contextlib.contextmanager
    def client(self) -> Iterator[socket.socket]:
        """A connection to it."""
        with socket.create_connection(("127.0.0.1", self.port), SECONDS) as sock:
            yield sock

    def answers(self, text: bytes = b"are you there?") -> None:
        """Raise AssertionError where a new client gets no answer."""
        with self.client() as sock:
            sock.sendall(text)
            assert received(sock, len(text)) == text.upper()


@contextlib.contextmanager
def serving(target: str, first: str, concurrency: int) -> Iterator[Server]:
    """Such a server."""
    program = f"from harness.strategies.checks.child import serve; serve({target!r}, {concurrency})"
    with started(first, program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise AssertionError(f"the server did not start:\n{process.communicate()[1]}")
            yield Server(process, json.loads(line))
        finally:
            process.kill()


def received(sock: socket.socket, size: int) -> bytes:
    """So many bytes, or fewer at the end."""
    data = b""
    while len(data) < size and (more := sock.recv(65536)):
        data += more
    return data


def sent(sock: socket.socket, data: bytes) -> None:
    """Send all of it, or what is taken: the answer says which."""
    with contextlib.suppress(OSError):
        sock.sendall(data)


def silent_for_a_moment(sock: socket.socket) -> bool:
    """Whether nothing comes; after this the socket has its usual patience again."""
    sock.settimeout(MOMENT)
    try:
        return not sock.recv(1)
    except TimeoutError:
        return True
    finally:
        sock.settimeout(SECONDS)


def overlaps(target: str, first: str) -> bool:
    """Whether a server answers one client while another says nothing."""
    with serving(target, first, 100) as server, server.client(), server.client() as second:
        second.sendall(b"hello")
        return not silent_for_a_moment(second)


def it_answers_until_the_client_closes(server: Server) -> None:
    with server.client() as sock:
        for number in range(3):
            sock.sendall(b"hello %d" % number)
            assert received(sock, 7) == b"HELLO %d" % number
    server.answers()


def a_client_that_half_closes_gets_all_its_answers_and_an_end(server: Server) -> None:
    with server.client() as sock:
        sock.sendall(b"the last words")
        sock.shutdown(socket.SHUT_WR)
        assert received(sock, 1000) == b"THE LAST WORDS"


def one_byte_at_a_time_is_answered(server: Server) -> None:
    with server.client() as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"slowly":
            sock.sendall(bytes([byte]))
        assert received(sock, 6) == b"SLOWLY"
    server.answers()


def ten_megabytes_at_once_are_answered(server: Server) -> None:
    text = bytes(range(97, 123)) * 400_000
    with server.client() as sock:
        sending = threading.Thread(target=sent, args=(sock, text))
        sending.start()
        got = received(sock, len(text))
        sending.join()
    assert got == text.upper()
    server.answers()


def a_reset_in_the_middle_ends_that_connection_alone(server: Server) -> None:
    with server.client() as sock:
        sock.sendall(b"x" * 1_000_000)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    server.answers()


def clients_that_come_and_say_nothing_do_not_stop_it(server: Server) -> None:
    for _ in range(20):
        with server.client():
            pass
    server.answers()


def a_silent_client_and_one_that_reads_nothing_keep_nobody_waiting(server: Server) -> None:
    with server.client(), server.client() as deaf:
        deaf.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                deaf.send(b"x" * 65536)
        for _ in range(3):
            server.answers()


def no_more_connections_are_served_than_asked_for(server: Server) -> None:
    """Of a server of two."""
    with server.client() as first, server.client() as second:
        for sock in (first, second):
            sock.sendall(b"hello")
            assert received(sock, 5) == b"HELLO"
        with server.client() as third:
            third.sendall(b"hello")
            assert silent_for_a_moment(third), "a third connection was served"
            first.close()
            assert received(third, 5) == b"HELLO"


def where_descriptors_run_out_it_goes_on_with_those_that_it_has(server: Server) -> None:
    used = len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))
    _, most = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (used + 4, most))
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.client()) for _ in range(8)]
        for sock in clients:
            sock.sendall(b"hello")
            sock.settimeout(MOMENT)
        waiting = []
        for sock in clients:
            try:
                assert received(sock, 5) == b"HELLO"
            except TimeoutError:
                waiting.append(sock)
            else:
                sock.close()
        for sock in waiting:
            sock.settimeout(SECONDS)
            assert received(sock, 5) == b"HELLO"
            sock.close()
        server.answers()


def it_stops_with_connections_open(server: Server) -> None:
    with server.client() as busy, server.client() as other:
        busy.sendall(b"hello")
        assert received(busy, 5) == b"HELLO"
        deadline = time.monotonic() + PATIENCE
        while server.process.poll() is None and time.monotonic() < deadline:
            server.process.terminate()  # again and again: a loop that is just falling asleep may not notice
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.process.wait(0.2)
        assert server.process.poll() == 0, f"it ended with {server.process.poll()}: None runs on, 1 has a thread left"
        for sock in (busy, other):
            with contextlib.suppress(ConnectionError):
                assert sock.recv(100) == b""


Check = Callable[[Server], None]
TOGETHER: tuple[Check, ...] = (
    it_answers_until_the_client_closes,
    a_client_that_half_closes_gets_all_its_answers_and_an_end,
    one_byte_at_a_time_is_answered,
    ten_megabytes_at_once_are_answered,
    a_reset_in_the_middle_ends_that_connection_alone,
    clients_that_come_and_say_nothing_do_not_stop_it,
    a_silent_client_and_one_that_reads_nothing_keep_nobody_waiting,
)
"""One server will do for all of them."""
ALONE: dict[Check, int] = {
    no_more_connections_are_served_than_asked_for: 2,
    where_descriptors_run_out_it_goes_on_with_those_that_it_has: 100,
    it_stops_with_connections_open: 2,
}
"""Each with a server of its own, which takes so many connections at a time."""
OF_MANY = {
    a_silent_client_and_one_that_reads_nothing_keep_nobody_waiting,
    no_more_connections_are_served_than_asked_for,
    where_descriptors_run_out_it_goes_on_with_those_that_it_has,
}
"""What only a server can promise that answers one client while another says nothing."""
