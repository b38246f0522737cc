"""Rounds of tasks: one worker that runs them when it is told to."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from harness.measure import count
from harness.process.channel import Failure
from harness.process.family import PeakOfChildren
from harness.process.peers import OtherEnd
from harness.process.workers import Worker
from harness.record.plan import PlannedStrategy
from harness.record.sample import Observed, Round
from harness.worker.messages import Prepare, RoundKind


class TaskDriver:
    """Has a worker run rounds of tasks."""

    most_rounds: int | None = None

    def __init__(self, strategy: PlannedStrategy, asked: Prepare, peer: OtherEnd | None, timeout: float) -> None:
        """Start the worker. Raises Failure."""
        self._strategy, self._asked, self._peer, self._timeout = strategy, asked, peer, timeout
        self._worker = Worker(strategy)
        self._has_children = False

    def begin(self, cpus: Sequence[int]) -> None:
        self._asked.cpus = cpus
        self._worker.prepare(self._asked)

    def ready(self) -> dict[str, Any]:
        return its_own(self._strategy, self._worker.prepared())

    def round(self, kind: RoundKind, position: int) -> Round:
        before = self._peer.cpu_seconds() if self._peer else 0.0
        done = vars(self._worker.round(kind, self._timeout))
        used = self._peer.cpu_seconds() - before if self._peer else None
        seen = done.pop("seen") or {}
        self._has_children |= done["cpu_children_seconds"] > 0
        about = {"position": position, "peer_cpu_seconds": used}
        try:
            return msgspec.convert(done | seen | about, Observed if kind == "observed" else Round)
        except msgspec.ValidationError as error:
            raise Failure("failed", f"its answer was unusable: {error}") from None

    def left(self, closes: bool) -> tuple[dict[str, Any], int | None]:
        peak = None
        if self._has_children:
            with PeakOfChildren(self._worker.child.pid) as seen:
                self._worker.round("warmup", self._timeout)
            peak = seen.bytes or None
        if closes:
            self._worker.close(self._timeout)
        return self._worker.left(self._timeout), peak

    def count(self) -> float:
        with tempfile.TemporaryDirectory(prefix="harness-") as folder:
            return count.per_task(self._strategy, self._asked, Path(folder))

    def stop(self) -> None:
        self._worker.stop()


def its_own(strategy: PlannedStrategy, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts of a worker that is ready. Raises Failure where, in a variant, it has imported what is not its own."""
    if (strange := facts.get("strange_module")) and strategy.variant:
        raise Failure("invalid", f"it imports {strange}, which is not its own")
    return facts
