"""What is at the other end: a server for strategies that are clients, the load generator for those that serve."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Any, TypeVar

from harness.process.channel import Failure
from harness.process.child import START_SECONDS, Child
from harness.worker.messages import (
    Answer,
    Asked,
    BeGenerator,
    BePeer,
    Close,
    Closed,
    Connect,
    Connected,
    Done,
    Exchange,
    Exchanged,
    PeerReady,
)

T = TypeVar("T", bound=Answer)
SPARE_SECONDS = 15.0
"""What the generator is given beyond the seconds that it was told."""


class RunningPeer:
    """A workload's server in a process of its own, with a folder for its certificates."""

    def __init__(self, module: str, options: dict[str, Any], cpus: Sequence[int]) -> None:
        """Start it, and wait until it answers. Raises Failure."""
        self._folder = tempfile.TemporaryDirectory(prefix="harness-")
        try:
            self._child = Child(cpus=cpus)
        except BaseException:
            self._folder.cleanup()
            raise
        try:
            self.where = self._child.ask(BePeer(module, options, self._folder.name), PeerReady, START_SECONDS)
        except Failure as failure:
            self.stop()
            raise Failure("failed", f"the peer {module} did not start: {failure}") from None
        except BaseException:
            self.stop()
            raise

    def cpu_seconds(self) -> float:
        """What it has used of processors so far."""
        return self._child.cpu_seconds()

    def has_ended(self) -> bool:
        """Whether it has, by itself."""
        return self._child.has_said(0.0)

    def stop(self) -> None:
        """End it, and remove its folder."""
        self._child.stop()
        self._folder.cleanup()


class RunningGenerator:
    """The load generator of a workload's servers (workloads/peers/load.py), in a process of its own."""

    where = None

    def __init__(self, asked: BeGenerator, cpus: Sequence[int]) -> None:
        """Start it. Raises Failure."""
        self._child = Child(cpus=cpus)
        try:
            self._asked(asked, Done, START_SECONDS)
        except BaseException:
            self.stop()
            raise

    def connect(self, asked: Connect, limit: float) -> Connected:
        """Open connections. Raises Failure, of status invalid where the server refuses or breaks them."""
        return self._asked(asked, Connected, asked.ramp + limit + SPARE_SECONDS)

    def exchange(self, asked: Exchange) -> Exchanged:
        """Load all of them. Raises Failure as `connect`."""
        return self._asked(asked, Exchanged, asked.seconds + asked.limit + SPARE_SECONDS)

    def close(self, timeout: float, limit: float) -> Closed:
        """Close all of them. Raises Failure."""
        return self._asked(Close(timeout), Closed, limit + SPARE_SECONDS)

    def cpu_seconds(self) -> float:
        """What it has used of processors so far."""
        return self._child.cpu_seconds()

    def stop(self) -> None:
        """End it."""
        self._child.stop()

    def _asked(self, asked: Asked, kind: type[T], seconds: float) -> T:
        try:
            return self._child.ask(asked, kind, seconds)
        except Failure as failure:
            if failure.status == "invalid":  # what the server did
                raise
            raise Failure(failure.status, f"the load generator: {failure}") from None


OtherEnd = RunningPeer | RunningGenerator
