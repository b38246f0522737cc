"""One task after another: what all the others are compared with."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from strategies.base import Address, Strategy

if TYPE_CHECKING:
    import ssl

T = TypeVar("T")


class SocketStream:
    """A stream whose methods are those of a socket, so that calling them costs nothing of ours."""

    __slots__ = ("close", "receive", "send")

    def __init__(self, sock: socket.socket) -> None:
        self.send: Callable[[bytes], object] = sock.sendall
        self.receive: Callable[[int], bytes] = sock.recv
        self.close: Callable[[], object] = sock.close


class BlockingIo:
    """The standard library's blocking calls."""

    sleep = staticmethod(time.sleep)

    def connect(self, address: Address, tls: ssl.SSLContext | None = None) -> SocketStream:
        sock = socket.create_connection(address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            sock = tls.wrap_socket(sock, server_hostname=address[0])
        return SocketStream(sock)

    def checkpoint(self) -> None:
        time.sleep(0)


class Sequential(Strategy):
    """One task after another, in a plain loop."""

    def __init__(self) -> None:
        self.io = BlockingIo()

    def run(self, task: Callable[[int], T], count: int, concurrency: int) -> list[T]:
        return [task(index) for index in range(count)]
