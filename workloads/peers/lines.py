"""One of the load generator's connections, and what is said on it."""

from __future__ import annotations

import socket
from typing import Protocol


class Talk(Protocol):
    """What a connection says: the part of a workload that the generator needs."""

    def exchange(self, index: int) -> tuple[bytes, bytes]:
        """A request of connection `index`, and the answer that it must get."""


class Broken(Exception):
    """Raised when the server answers wrongly, or hangs up."""


class Line:
    """One connection."""

    __slots__ = ("answer", "answered", "due", "ended", "got", "limit", "recv", "request", "send", "sock", "unsent")

    def __init__(self, sock: socket.socket, request: bytes, answer: bytes) -> None:
        self.sock, self.request, self.answer = sock, request, answer
        self.recv, self.send = sock.recv, sock.send
        self.limit = min(len(answer), 1 << 20) + 1  # one more, to see what is too much
        self.got = b""
        self.unsent = memoryview(b"")
        self.due = 0.0
        """When the request was due: sent, in a closed loop."""
        self.answered = 0
        self.ended = 0.0

    def complete(self, data: bytes) -> bool:
        """Take some of an answer; whether it is all there. Raises Broken."""
        got = self.got + data
        if not data:
            raise Broken(f"the server hung up after {len(got)} of {len(self.answer)} bytes")
        if not self.answer.startswith(got):
            raise Broken(f"the server answered {got[:60]!r}, not {self.answer[:60]!r}")
        self.got = got if len(got) < len(self.answer) else b""
        return not self.got
