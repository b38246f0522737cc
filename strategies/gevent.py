"""gevent with its own primitives, nothing patched: only what goes through gevent yields."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import gevent
import gevent.socket
import gevent.ssl
from gevent.pool import Pool

from harness.strategies.base import Address, Io, Strategy, Stream
from harness.strategies.notes import silent
from harness.strategies.sockets import Connections, SocketStream

if TYPE_CHECKING:
    import ssl

T = TypeVar("T")


class GeventIo:
    """gevent's own sleep and sockets."""

    sleep = staticmethod(gevent.sleep)
    note = staticmethod(silent)

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

    loop = "gevent"
    options = ("pool",)

    def __init__(self, pool: int | None = None) -> None:
        """`pool`: the size of its pool, where that is smaller than the number of tasks in flight."""
        self.io: Io = GeventIo()
        self._pool = pool or sys.maxsize

    def run(self, task: Callable[[int], T], count: int, concurrency: int) -> list[T]:
        failures: list[BaseException] = []

        def bounded(index: int) -> T:
            try:
                return task(index)
            except BaseException as failure:
                failures.append(failure)
                raise

        size = min(concurrency, self._pool)
        spawn, body = (gevent.spawn, task) if count <= size else (Pool(size).spawn, bounded)
        greenlets: list[gevent.Greenlet[[int], T]] = []
        try:
            for index in range(count):
                greenlets.append(spawn(body, index))
                if failures:
                    break
            gevent.joinall(greenlets, raise_error=True)
        except BaseException:
            gevent.killall([greenlet for greenlet in greenlets if not greenlet.dead])
            if not failures:
                raise
        if failures:
            raise failures[0]
        return [greenlet.value for greenlet in greenlets]  # type: ignore[misc]

    def serve(
        self, listener: socket.socket, handle: Callable[[Stream], object], concurrency: int | None = None
    ) -> None:
        most = min(concurrency or sys.maxsize, self._pool)
        pool = Pool(None if most == sys.maxsize else most)
        own = gevent.socket.socket(fileno=os.dup(listener.fileno()))
        connections = Connections(own, gevent.sleep)

        def body(connection: socket.socket) -> None:
            with connections.closing(connection):
                handle(SocketStream(connection))

        def accept() -> None:
            for connection in connections:
                pool.spawn(body, connection)
                pool.wait_available()

        self._loop, self._acceptor = gevent.get_hub().loop, gevent.spawn(accept)
        try:
            self._acceptor.get()
        finally:
            pool.kill()
            own.close()

    def stop(self) -> None:
        self._loop.run_callback_threadsafe(self._acceptor.kill, gevent.GreenletExit, False)
