"""Messages there and back: the client's side of the tutorial's echo server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from strategies.base import AsyncIo, AsyncStrategy, Io, Strategy
from workloads.base import NOT_AN_OPTION, Peer, Workload


def message(index: int, number: int, size: int) -> bytes:
    """The message that task `index` sends as its `number`-th: its own, so that no other's answer passes for it."""
    return f"task {index} says hello {number} ".encode().ljust(size, b"x")[:size]


def verify(sent: bytes, answer: bytes) -> None:
    """Raise ConnectionError or ValueError where the answer is not the message upper-cased."""
    if len(answer) < len(sent):
        raise ConnectionError(f"the echo server hung up after {len(answer)} of {len(sent)} bytes")
    if answer != sent.upper():
        raise ValueError(f"the echo server answered {answer[:40]!r} to {sent[:40]!r}")


@dataclass(frozen=True)
class Echo(Workload):
    """Each task connects, sends messages, and reads each back upper-cased, every byte verified."""

    messages: int = 20
    size: int = 64
    peer: Peer | None = field(default=None, metadata=NOT_AN_OPTION)

    default_tasks = 20
    sockets_per_task = 1
    peer_module = "workloads.peers.echo"

    def __post_init__(self) -> None:
        if self.messages < 0 or self.size < 1:
            raise ValueError("messages must be 0 or more, size 1 or more")

    def bind(self, strategy: Strategy | AsyncStrategy, peer: Peer | None) -> Callable[[int], Any]:
        return super(Echo, replace(self, peer=peer)).bind(strategy, peer)

    def task(self, io: Io, index: int) -> int:
        assert self.peer is not None
        stream = io.connect(self.peer.address)
        try:
            for number in range(self.messages):
                sent = message(index, number, self.size)
                stream.send(sent)
                answer = b""
                while len(answer) < self.size and (more := stream.receive(self.size - len(answer))):
                    answer += more
                verify(sent, answer)
        finally:
            stream.close()
        return index

    async def async_task(self, io: AsyncIo, index: int) -> int:
        assert self.peer is not None
        stream = await io.connect(self.peer.address)
        try:
            for number in range(self.messages):
                sent = message(index, number, self.size)
                await stream.send(sent)
                answer = b""
                while len(answer) < self.size and (more := await stream.receive(self.size - len(answer))):
                    answer += more
                verify(sent, answer)
        finally:
            await stream.close()
        return index
