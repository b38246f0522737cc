"""Rounds of tasks: one worker that runs them when it is told to."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from harness.errors import Interrupted
from harness.measure import count, counters, functions
from harness.measure.cell import Looked
from harness.measure.count import Counting
from harness.measure.counters import Tool
from harness.measure.functions import Owners
from harness.process.channel import Failure
from harness.process.family import PeakOfChildren
from harness.process.folders import temporary
from harness.process.peers import RunningPeer
from harness.process.workers import Worker
from harness.record.plan import Allocator, Counter, PlannedStrategy
from harness.record.sample import Leftover, Observed, Round
from harness.statistics.tally import how_many
from harness.worker.messages import Prepare, RoundKind

CLOSE_SECONDS = 5.0
"""What closing may take where a round has failed."""


class TaskDriver:
    """Has a worker run rounds of tasks."""

    most_rounds: int | None = None

    def __init__(
        self, strategy: PlannedStrategy, asked: Prepare, peer: RunningPeer | None, timeout: float, allowed: int = 0,
        memory_limit: int | None = None, count_with: Counter | None = None, allocates: Allocator | None = None,
    ) -> None:  # fmt: skip
        """Start the worker, which may hold so many bytes. So many of a round's tasks are allowed to fail. Raises
        Failure."""
        self._allowed, self._count_with, self._allocates = allowed, count_with, allocates
        self._strategy, self._asked, self._peer, self._timeout = strategy, asked, peer, timeout
        self._worker = Worker(strategy, memory_limit=memory_limit)
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
            raise (self._peer and self._peer.ended()) or self._given_up(failure) from None
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
        return _round(done | seen | about, Observed if kind == "observed" else Round)

    def begin_sized(self, tasks: int, concurrency: int) -> None:
        """Have a round of another size run, while others do. Raises Failure."""
        self._worker.begin_round("warmup", (tasks, concurrency))

    def has_ended(self, seconds: float) -> bool:
        """Whether it is done, or has failed, within so long."""
        return self._worker.has_ended(seconds)

    def sized_ended(self, seconds: float) -> Round:
        """Wait until it is done. Raises Failure."""
        done = vars(self._worker.round_ended(seconds))
        return _round({name: done[name] for name in Round.__struct_fields__ if done.get(name) is not None}, Round)

    def seen(self, kind: RoundKind, seconds: float) -> Looked:
        with temporary() as folder:
            path, began = Path(folder) / "seen.json", time.monotonic()
            try:
                self._worker.begin_round(kind, snapshots=str(path))
                done = self._worker.round_ended(seconds)
                return Looked(done.seen or {}, done.wall_seconds)
            except (Failure, Interrupted) as ended:
                kept = json.loads(path.read_bytes()) if path.exists() else {}
                took = time.monotonic() - began
                return Looked(kept, took, ended) if isinstance(ended, Failure) else Looked(kept, took, None, ended)

    def traced(self, path: Path) -> None:
        """Run one round whose tasks tell what they do, which fills a file. Raises Failure."""
        self._worker.begin_round("traced", snapshots=str(path))
        self._worker.round_ended(self._timeout)

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
        with temporary() as folder:
            used = replace(counters.find(self._count_with), allocates=self._allocates)
            return (yield from count.per_task(used, self._strategy, self._asked, Path(folder)))

    def functions(self, used: Tool) -> Counting[Owners]:
        """Count the instructions of a task by function. Raises Failure."""
        with temporary() as folder:
            used = replace(used, allocates=self._allocates)
            return (yield from functions.of_cell(used, self._strategy, self._asked, Path(folder)))

    def stop(self) -> None:
        self._worker.stop()

    def left_behind(self) -> list[Leftover]:
        return self._worker.left_behind()


def _round(said: dict[str, Any], kind: type[Round]) -> Round:
    try:
        return msgspec.convert(said, kind)
    except msgspec.ValidationError as error:
        raise Failure("failed", f"its answer was unusable: {error}") from None


def its_own(strategy: PlannedStrategy, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts of a worker that is ready. Raises Failure where, in a variant, it has imported what is not its own."""
    if (strange := facts.get("strange_module")) and strategy.variant:
        raise Failure("invalid", f"it imports {strange}, which is not its own")
    return facts
