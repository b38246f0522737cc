"""What the blocking strategies share: streams that are sockets, and the connections of a listener."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator

import pytest

from harness.strategies.sockets import PAUSE, BlockingIo, Connections, PlainSocket, retry_after, stream_of


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_a_shortage_is_waited_for(number: int) -> None:
    assert retry_after(OSError(number, "a shortage")) == PAUSE


def test_a_client_that_is_gone_already_is_passed_over_at_once() -> None:
    assert retry_after(ConnectionAbortedError()) == 0.0


def test_what_would_come_again_is_raised() -> None:
    with pytest.raises(OSError, match="bad"):
        retry_after(OSError(errno.EBADF, "bad"))


def test_a_plain_socket_is_a_stream_by_itself() -> None:
    near, far = socket.socketpair()
    with near, far:
        stream = stream_of(near)
        assert isinstance(stream, PlainSocket)
        stream.send(b"x" * 100)
        assert far.recv(200) == b"x" * 100
        far.sendall(b"hello")
        assert stream.receive(3) == b"hel"
        stream.close()
        stream.close()


def test_a_connection_sends_at_once(listener: socket.socket) -> None:
    stream = BlockingIo().connect(listener.getsockname())
    assert isinstance(stream, PlainSocket)
    assert stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    stream.close()


def test_stopping_wakes_whoever_waits_for_a_connection(listener: socket.socket) -> None:
    connections = Connections(listener)
    found: list[socket.socket] = []
    waiting = threading.Thread(target=lambda: found.extend(connections))
    waiting.start()
    connections.stop()
    waiting.join(10)
    assert not waiting.is_alive()
    assert found == []


def test_stopping_ends_the_connections_that_are_open(listener: socket.socket) -> None:
    connections = Connections(listener)
    with socket.create_connection(listener.getsockname()) as client:
        connection = next(iter(connections))
        with connections.closing(connection):
            connections.stop()
            assert connection.recv(1) == b""
        assert client.recv(1) == b""
        assert connection.fileno() == -1


def test_accepting_goes_on_after_a_pause_where_descriptors_run_out() -> None:
    paused: list[float] = []

    class Short:
        """A listener that runs out once."""

        def accept(self) -> tuple[socket.socket, None]:
            if not paused:
                raise OSError(errno.EMFILE, "too many")
            return socket.socket(), None

    connections = Connections(Short(), paused.append)  # type: ignore[arg-type]
    next(iter(connections)).close()
    assert paused == [PAUSE]
