"""The standard library's blocking calls and sockets, for the strategies that wait through them."""

from __future__ import annotations

import contextlib
import errno
import socket
import time
from collections.abc import Callable, Iterator
from types import MethodDescriptorType
from typing import TYPE_CHECKING, cast

from harness.strategies.base import Address, Stream
from harness.strategies.notes import silent

if TYPE_CHECKING:
    import ssl

SHORTAGE = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
PAUSE = 0.1
"""Seconds until a server that ran out of descriptors tries again."""
SENDALL_IN_C = isinstance(socket.socket.sendall, MethodDescriptorType)
"""Not under gevent's patches, nor with TLS: there it calls `send`, which must then remain what it is."""


class SocketStream:
    """A stream whose methods are those of a socket, of whatever kind."""

    __slots__ = ("close", "receive", "send")

    def __init__(self, sock: socket.socket) -> None:
        self.send: Callable[[bytes], object] = sock.sendall
        self.receive: Callable[[int], bytes] = sock.recv
        self.close: Callable[[], object] = sock.close


class PlainSocket(socket.socket):
    """A socket that is a stream by itself."""

    __slots__ = ()
    send = socket.socket.sendall  # type: ignore[assignment]
    receive = socket.socket.recv


def stream_of(sock: socket.socket) -> Stream:
    """A socket without TLS as a stream, so that using it costs nothing of ours."""
    if not SENDALL_IN_C:
        return SocketStream(sock)
    sock.__class__ = PlainSocket  # quicker than an object with three bound methods, to make and to use
    return cast(Stream, sock)


class BlockingIo:
    """The standard library's blocking calls."""

    sleep = staticmethod(time.sleep)
    note = staticmethod(silent)

    def connect(self, address: Address, tls: ssl.SSLContext | None = None) -> Stream:
        sock = socket.create_connection(address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            return SocketStream(tls.wrap_socket(sock, server_hostname=address[0]))
        return stream_of(sock)

    def checkpoint(self) -> None:
        time.sleep(0)


def retry_after(error: OSError) -> float:
    """Seconds until a server should accept again. Raises the error where that would not help."""
    if error.errno in SHORTAGE:
        return PAUSE
    if isinstance(error, ConnectionError):
        return 0.0
    raise error


class Connections:
    """The connections that a listener accepts, until `stop`, which shuts down those that are open as well."""

    def __init__(self, listener: socket.socket, sleep: Callable[[float], object] = time.sleep) -> None:
        self._listener, self._sleep = listener, sleep
        self._open: set[socket.socket] = set()
        self._stopped = False

    def __iter__(self) -> Iterator[socket.socket]:
        while not self.stopped():
            try:
                connection, _ = self._listener.accept()
            except OSError as error:
                if not self.stopped():
                    self._sleep(retry_after(error))
                continue
            self._open.add(connection)
            if self.stopped():  # just before it was known
                connection.shutdown(socket.SHUT_RDWR)
            yield connection

    @contextlib.contextmanager
    def closing(self, connection: socket.socket) -> Iterator[None]:
        """Close one of them in the end."""
        try:
            yield
        finally:
            self._open.discard(connection)
            connection.close()

    def stopped(self) -> bool:
        """Whether it is."""
        return self._stopped

    def stop(self) -> None:
        """End the iteration, and whatever waits for a connection."""
        self._stopped = True
        for sock in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for it
