"""What workloads have in common that can be the server's side: sizes and load options, and how a handler is bound."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from harness.strategies.base import AsyncIo, AsyncStrategy, AsyncStream, Io, Strategy, Stream
from harness.workloads.base import Workload

SERVER_ONLY = {"server_only": True}
"""Metadata of a field that is an option of the server's side alone."""
LATER = "later"
"""Key of a field's metadata: its value before there was such an option. It is no part of what a cell is as long as it
has that, so that cells are those of older runs."""
USUAL_CONNECTIONS = 100


@dataclass(frozen=True)
class Demand:
    """What the load generator does to a server."""

    messages: int
    """Requests on each connection, where `seconds` is 0."""
    seconds: float
    """For how long it sends, or 0."""
    rate: float
    """Requests a second over all connections, whatever the server does; 0: each when the one before is answered."""
    ramp: float
    """Seconds over which the connections are opened."""
    patience: float
    """Seconds for which a server with these options may be silent, beyond the usual."""


def of_server(default: Any) -> Any:
    """An option of the server's side alone."""
    return field(default=default, metadata=SERVER_ONLY)


@dataclass(frozen=True)
class Serving(Workload):
    """A workload whose tasks may be a client's, or a server's connections.

    With side=server the strategy serves, from so many `processes` that listen on one port, and the load generator (so
    many `generators`, each with its share) holds `concurrency` connections, opened over `ramp` seconds. It sends
    `messages` on each or, if given, for `seconds`: each as soon as the one before is answered or, with a `rate`, so
    many a second over all of them, whatever the server does."""

    served_at: ClassVar[str] = "{host}:{port}"
    """What clients are told of a server."""

    side: Literal["client", "server"] = of_server("client")
    seconds: float = of_server(0.0)
    rate: float = of_server(0.0)
    ramp: float = of_server(0.0)
    messages: int = of_server(20)
    processes: int = field(default=1, metadata=SERVER_ONLY | {LATER: 1})
    generators: int = field(default=1, metadata=SERVER_ONLY | {LATER: 1})

    def __post_init__(self) -> None:
        if self.messages < 0:
            raise ValueError("messages must be 0 or more")
        for name in ("seconds", "rate", "ramp"):
            value = getattr(self, name)
            if not 0 <= value < math.inf:
                raise ValueError(f"{name} must be a finite number, 0 or more")
            if value and not self.serves():
                raise ValueError(f"{name} is for side=server")
        if self.rate and not (round(self.rate * self.seconds) if self.seconds else self.messages):
            raise ValueError("no request is due: give more seconds or messages, or a higher rate")
        for name in ("processes", "generators"):
            many = getattr(self, name)
            if many < 1:
                raise ValueError(f"{name} must be 1 or more")
            if many > 1 and not self.serves():
                raise ValueError(f"{name} is for side=server")

    def serves(self) -> bool:
        return self.side == "server"

    def needs_peer(self) -> bool:
        return not self.serves()

    def sizes(self, tasks: int | None, concurrency: int | None) -> tuple[int, int]:
        if not self.serves():
            return super().sizes(tasks, concurrency)
        connections = concurrency or tasks or USUAL_CONNECTIONS
        return connections, connections

    def of_load(self) -> set[str]:
        """Names of the options of the load that apply to a server with these values."""
        sent = set() if self.seconds else {"messages"}
        return {"side", "seconds", "rate", "ramp", "processes", "generators"} | sent

    def demand(self) -> Demand:
        """What the load generator does, of the options; a server that takes its time says in `patience` how much."""
        return Demand(self.messages, self.seconds, self.rate, self.ramp, patience=0.0)

    def exchange(self, index: int) -> tuple[bytes, bytes]:
        """A request of connection `index`, and the answer that it must get, byte for byte."""
        raise NotImplementedError

    def handle(self, io: Io, stream: Stream) -> None:
        """Serve a connection until its client has finished. (Of the work that `bound` returns, as `async_handle`.)"""
        raise NotImplementedError

    async def async_handle(self, io: AsyncIo, stream: AsyncStream) -> None:
        """Serve a connection until its client has finished."""
        raise NotImplementedError

    def bind_server(self, strategy: Strategy | AsyncStrategy) -> Callable[[Any], Any]:
        """Return the handler for `strategy.serve`: it takes a stream and does not raise."""
        work: Any = self.bound(strategy, None)
        io: Any = strategy.io
        handle, async_handle = work.handle, work.async_handle

        # A connection that breaks is no other's business, and what a handler answers wrongly is for the client to find.

        def guarded(stream: Stream) -> None:
            with contextlib.suppress(Exception):
                handle(io, stream)

        async def async_guarded(stream: AsyncStream) -> None:
            with contextlib.suppress(Exception):
                await async_handle(io, stream)

        return async_guarded if isinstance(strategy, AsyncStrategy) else guarded
