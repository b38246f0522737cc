"""An echo server that upper-cases: raw epoll over non-blocking sockets, so that it is never the slow end."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.workloads.peers import BACKLOG

BATCH = 65536


class EchoServer:
    """Answers every connection's bytes, upper-cased; a slow reader is waited for, a broken one is dropped."""

    def __init__(self, listener: socket.socket) -> None:
        listener.setblocking(False)
        self._listener = listener
        self._poller = select.epoll()
        self._poller.register(listener.fileno(), select.EPOLLIN)
        self._connections: dict[int, socket.socket] = {}
        self._unsent: dict[int, bytes] = {}

    def serve(self) -> None:
        """Serve until the process is killed."""
        while True:
            for descriptor, _ in self._poller.poll():
                if descriptor == self._listener.fileno():
                    self._accept()
                    continue
                try:
                    self._answer(descriptor)
                except OSError:
                    self._close(descriptor)

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connections[connection.fileno()] = connection
        self._poller.register(connection.fileno(), select.EPOLLIN)

    def _answer(self, descriptor: int) -> None:
        connection = self._connections[descriptor]
        unsent = self._unsent.pop(descriptor, b"")
        data = unsent or connection.recv(BATCH).upper()
        if not data:
            return self._close(descriptor)
        try:
            sent = connection.send(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self._unsent[descriptor] = data[sent:]
            self._poller.modify(descriptor, select.EPOLLOUT)
        elif unsent:
            self._poller.modify(descriptor, select.EPOLLIN)

    def _close(self, descriptor: int) -> None:
        self._unsent.pop(descriptor, None)
        self._connections.pop(descriptor).close()


def serve(options: dict[str, Any], folder: Path, ready: Callable[[tuple[str, int], str | None], None]) -> None:
    """Serve on a free loopback port until the process is killed; `ready` is told the address, and no authority."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    server = EchoServer(listener)
    ready(listener.getsockname(), None)
    server.serve()
