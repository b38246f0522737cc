"""Rounds of tasks: one worker that runs them when it is told to."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from harness.measure import count, counters, functions
from harness.measure.count import Counting
from harness.measure.counters import Tool
from harness.measure.functions import Owners
from harness.process.channel import Failure
from harness.process.family import PeakOfChildren
from harness.process.peers import OtherEnd
from harness.process.workers import Worker
from harness.record.plan import Counter, PlannedStrategy
from harness.record.sample import Observed, Round
from harness.statistics.tally import how_many
from harness.worker.messages import Prepare, RoundKind

CLOSE_SECONDS = 5.0
"""What closing may take where a round has failed."""


class TaskDriver:
    """Has a worker run rounds of tasks."""

    most_rounds: int | None = None

    def __init__(
        self, strategy: PlannedStrategy, asked: Prepare, peer: OtherEnd | None, timeout: float,
        allowed: int = 0, count_with: Counter | None = None,
    ) -> None:  # fmt: skip
        """Start the worker. So many of a round's tasks are allowed to fail. Raises Failure."""
        self._allowed, self._count_with = allowed, count_with
        self._strategy, self._asked, self._peer, self._timeout = strategy, asked, peer, timeout
        self._worker = Worker(strategy)
        self._has_children = self._closes = False

    def begin(self, cpus: Sequence[int]) -> None:
        self._asked.cpus = cpus
        self._worker.prepare(self._asked)

    def ready(self) -> dict[str, Any]:
        facts = its_own(self._strategy, self._worker.prepared())
        self._closes = bool(facts.get("closes"))
        return facts

    def round(self, kind: RoundKind, position: int) -> Round:
        before = self._peer.cpu_seconds() if self._peer else 0.0
        try:
            done = vars(self._worker.round(kind, self._timeout))
        except Failure as failure:
            raise self._given_up(failure) from None
        failed, traceback = done["failed"] or {}, done.pop("traceback")
        del done["functions"]
        done["failed"] = failed
        if sum(failed.values()) > self._allowed:
            reason = f"{how_many(failed, self._asked.tasks)}; allowed: {self._allowed:,}"
            raise Failure("failed", reason, traceback)
        used = self._peer.cpu_seconds() - before if self._peer else None
        seen = done.pop("seen") or {}
        self._has_children |= done["cpu_children_seconds"] > 0
        about = {"position": position, "peer_cpu_seconds": used}
        try:
            return msgspec.convert(done | seen | about, Observed if kind == "observed" else Round)
        except msgspec.ValidationError as error:
            raise Failure("failed", f"its answer was unusable: {error}") from None

    def left(self) -> tuple[dict[str, Any], int | None]:
        peak = None
        if self._has_children:
            with PeakOfChildren(self._worker.child.pid) as seen:
                self._worker.round("warmup", self._timeout)
            peak = seen.bytes or None
        if self._closes:
            self._worker.close(self._timeout)
        return self._worker.left(self._timeout), peak

    def _given_up(self, failure: Failure) -> Failure:
        """What to raise of a round that failed. What the user's code opened is closed."""
        told = self._tallied(failure) if failure.status == "failed" else failure
        if self._closes and failure.status != "timeout":
            with contextlib.suppress(Failure):
                self._worker.close(CLOSE_SECONDS)
        return told

    def _tallied(self, failure: Failure) -> Failure:
        """What to raise of a round that failed: how many of its tasks do, when they are run once more."""
        try:
            failed = self._worker.round("tallied", self._timeout).failed
        except Failure:  # it ended, it hangs, or what fails is no task
            return failure
        if not failed:
            said = f"{failure} (run once more, none of {self._asked.tasks:,} failed)"
            return Failure("failed", said, failure.traceback)
        return Failure("failed", how_many(failed, self._asked.tasks), failure.traceback)

    def count(self) -> Counting[float]:
        with tempfile.TemporaryDirectory(prefix="harness-") as folder:
            used = counters.find(self._count_with)
            return (yield from count.per_task(used, self._strategy, self._asked, Path(folder)))

    def functions(self, used: Tool) -> Counting[Owners]:
        """Count the instructions of a task by function. Raises Failure."""
        with tempfile.TemporaryDirectory(prefix="harness-") as folder:
            return (yield from functions.of_cell(used, self._strategy, self._asked, Path(folder)))

    def stop(self) -> None:
        self._worker.stop()


def its_own(strategy: PlannedStrategy, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts of a worker that is ready. Raises Failure where, in a variant, it has imported what is not its own."""
    if (strange := facts.get("strange_module")) and strategy.variant:
        raise Failure("invalid", f"it imports {strange}, which is not its own")
    return facts
