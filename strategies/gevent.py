"""gevent with its own primitives, nothing patched: only what goes through gevent yields."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

import gevent
import gevent.socket
import gevent.ssl
from gevent.pool import Pool

from strategies.base import Address, Io, Strategy
from strategies.sequential import SocketStream

if TYPE_CHECKING:
    import ssl

T = TypeVar("T")


class GeventIo:
    """gevent's own sleep and sockets."""

    sleep = staticmethod(gevent.sleep)

    def connect(self, address: Address, tls: ssl.SSLContext | None = None) -> SocketStream:
        sock = gevent.socket.create_connection(address)
        sock.setsockopt(gevent.socket.IPPROTO_TCP, gevent.socket.TCP_NODELAY, 1)
        if tls is not None:
            # `tls.wrap_socket` would make a socket of the standard library, which blocks the hub.
            sock = gevent.ssl.SSLSocket(sock=sock, server_hostname=address[0], _context=tls)
        return SocketStream(sock)

    def checkpoint(self) -> None:
        gevent.sleep(0)


class Gevent(Strategy):
    """gevent with its own primitives, nothing patched."""

    http_client = "geventhttpclient"

    def __init__(self) -> None:
        self.io: Io = GeventIo()

    def run(self, task: Callable[[int], T], count: int, concurrency: int) -> list[T]:
        spawn = gevent.spawn if count <= concurrency else Pool(concurrency).spawn
        failed: list[object] = []
        greenlets: list[gevent.Greenlet[[int], T]] = []
        try:
            for index in range(count):
                greenlet = spawn(task, index)
                if count > concurrency:
                    greenlet.link_exception(failed.append)
                greenlets.append(greenlet)
                if failed:
                    break
            gevent.joinall(greenlets, raise_error=True)
        finally:
            gevent.killall([greenlet for greenlet in greenlets if not greenlet.dead])
        return [cast(T, greenlet.value) for greenlet in greenlets]
