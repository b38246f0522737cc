"""eventlet with its own primitives, nothing patched: only what goes through eventlet yields."""

from __future__ import annotations

import os
import socket
import sys
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it says at each import that it is deprecated
    import eventlet
    import eventlet.green.socket
    import eventlet.green.ssl
    from eventlet.event import Event

from harness.strategies.base import Address, Io, Strategy, Stream
from harness.strategies.notes import silent
from harness.strategies.sockets import Connections, SocketStream

if TYPE_CHECKING:
    import ssl

T = TypeVar("T")


class EventletIo:
    """eventlet's own sleep and sockets."""

    sleep = staticmethod(eventlet.sleep)
    note = staticmethod(silent)

    def connect(self, address: Address, tls: ssl.SSLContext | None = None) -> SocketStream:
        sock = eventlet.green.socket.create_connection(address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            # `tls.wrap_socket` would make a socket of the standard library, which blocks the hub.
            sock = eventlet.green.ssl.GreenSSLSocket(sock, server_hostname=address[0], _context=tls)
        return SocketStream(sock)

    def checkpoint(self) -> None:
        eventlet.sleep(0)


class Eventlet(Strategy):
    """eventlet with its own primitives, nothing patched."""

    loop = "eventlet"
    options = ("pool",)

    def __init__(self, pool: int | None = None) -> None:
        """`pool`: the size of its pool, where that is smaller than the number of tasks in flight."""
        self.io: Io = EventletIo()
        self._pool = pool or sys.maxsize

    def run(self, task: Callable[[int], T], count: int, concurrency: int) -> list[T]:
        results: dict[int, T] = {}
        failures: list[BaseException] = []
        over = Event()

        def body(index: int) -> None:
            try:
                results[index] = task(index)
            except BaseException as failure:
                failures.append(failure)
            if len(results) == count or failures:
                over.ready() or over.send()

        pool = eventlet.GreenPool(min(concurrency, self._pool))
        try:
            for index in range(count):
                pool.spawn(body, index)
                if failures:
                    break
            if count:
                over.wait()
        except BaseException as interrupt:
            failures.append(interrupt)
        if failures:
            ended(pool)
            raise failures[0]
        return [results[index] for index in range(count)]

    def serve(
        self, listener: socket.socket, handle: Callable[[Stream], object], concurrency: int | None = None
    ) -> None:
        pool = eventlet.GreenPool(min(concurrency or sys.maxsize, self._pool))
        own = eventlet.green.socket.socket(fileno=os.dup(listener.fileno()))
        connections = self._connections = Connections(own, eventlet.sleep)

        def body(connection: socket.socket) -> None:
            with connections.closing(connection):
                handle(SocketStream(connection))

        try:
            for connection in connections:
                pool.spawn(body, connection)
                with pool.sem:  # room for the next one
                    pass
        finally:
            ended(pool)
            own.close()

    def stop(self) -> None:
        self._connections.stop()


def ended(pool: eventlet.GreenPool) -> None:
    """Kill what runs in a pool, and wait until it is gone."""
    for greenlet in list(pool.coroutines_running):
        greenlet.kill()
    pool.waitall()
