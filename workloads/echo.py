"""Messages there and back: either side of the tutorial's echo server."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.strategies.base import AsyncIo, AsyncStrategy, AsyncStream, Io, Strategy, Stream
from harness.workloads.base import Peer, Work
from harness.workloads.serving import Demand, Serving, of_server

BATCH = 65536
STALL_EVERY = 1.0


def message(index: int, number: int, size: int) -> bytes:
    """The message that task `index` sends as its `number`-th: its own, so that no other's answer passes for it."""
    return f"task {index} says hello {number} ".encode().ljust(size, b"x")[:size]


def verify(sent: bytes, answer: bytes) -> None:
    """Raise ConnectionError or ValueError where the answer is not the message upper-cased."""
    if len(answer) < len(sent):
        raise ConnectionError(f"the echo server hung up after {len(answer)} of {len(sent)} bytes")
    if answer != sent.upper():
        raise ValueError(f"the echo server answered {answer[:40]!r} to {sent[:40]!r}")


class Stalling:
    """Upper-cases, and once a second keeps the whole process busy: a server that stalls."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.perf_counter) -> None:
        self._seconds, self._now = seconds, now
        self._next = now() + STALL_EVERY

    def __call__(self, data: bytes) -> bytes:
        if (at := self._now()) >= self._next:
            self._next = at + STALL_EVERY
            while self._now() < at + self._seconds:
                pass
        return data.upper()


@dataclass(frozen=True)
class Echo(Serving):
    """Each task connects, sends messages, and reads each back upper-cased, every byte verified.

    With side=server the strategy answers instead; stall keeps the server busy for so many seconds, once a second."""

    messages: int = 20
    size: int = 64
    stall: float = of_server(0.0)

    default_tasks = 20
    sockets_per_task = 1
    peer_module = "harness.workloads.peers.echo"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size < 1:
            raise ValueError("size must be 1 or more")
        if not 0 <= self.stall < STALL_EVERY or (self.stall and not self.serves()):
            raise ValueError("stall must be less than a second, and is for side=server")

    def applicable(self) -> set[str]:
        return {"size"} | (self.of_load() | {"stall"} if self.serves() else {"messages"})

    def demand(self) -> Demand:
        return replace(super().demand(), patience=self.stall)

    def exchange(self, index: int) -> tuple[bytes, bytes]:
        sent = message(index, 0, self.size)
        return sent, sent.upper()

    def bound(self, strategy: Strategy | AsyncStrategy, peer: Peer | None) -> Echoing:
        return Echoing(self, peer)


class Echoing(Work):
    """Either side of the echo: the peer's address, and what makes an answer."""

    def __init__(self, echo: Echo, peer: Peer | None) -> None:
        self.messages, self.size = echo.messages, echo.size
        self.address = peer.address if peer else ("", 0)
        self.upper: Callable[[bytes], bytes] = Stalling(echo.stall) if echo.stall else bytes.upper

    def task(self, io: Io, index: int) -> int:
        stream = io.connect(self.address)
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
        stream = await io.connect(self.address)
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

    def handle(self, io: Io, stream: Stream) -> None:
        receive, send, upper = stream.receive, stream.send, self.upper
        while data := receive(BATCH):
            send(upper(data))

    async def async_handle(self, io: AsyncIo, stream: AsyncStream) -> None:
        receive, send, upper = stream.receive, stream.send, self.upper
        while data := await receive(BATCH):
            await send(upper(data))
