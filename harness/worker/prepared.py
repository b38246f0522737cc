"""A strategy and a workload, ready to run rounds, and one round of them."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

from harness.strategies.base import AsyncStrategy
from harness.worker import facts, roots, rounds
from harness.worker.messages import Failed, Prepare, RoundDone, RoundKind
from harness.worker.options import build
from harness.worker.targets import check_contract, is_ours, load, look_in
from harness.worker.watch import Watch
from harness.workloads.base import Peer, Workload

FULL_COLLECTION_DUE = 5
"""Collections of the younger generations after which the oldest is collected as well, before a round: the collector
itself would do it after ten, within one."""


def imported(asked: Prepare) -> tuple[Any, Workload]:
    """A strategy and a workload: ours first, so that nothing of the user's takes a library's place. Raises Usage."""
    roots.move(asked.folder)
    found = {target: load(target) for target in (asked.strategy, asked.workload) if is_ours(target)}
    if len(found) < 2:
        look_in([roots.moved(path, asked.folder) if asked.folder else path for path in asked.paths])
    for target in (asked.strategy, asked.workload):
        if target not in found:
            found[target] = load(target)
        check_contract(target, found[target])
    return found[asked.strategy](), build(found[asked.workload], asked.options)


class Prepared:
    """A strategy and a workload, ready to run rounds."""

    def __init__(self, asked: Prepare) -> None:
        self.strategy, self.workload = imported(asked)
        self.is_async = isinstance(self.strategy, AsyncStrategy)
        self.count, self.concurrency = asked.tasks, asked.concurrency or asked.tasks
        address = asked.peer_address
        peer = Peer((address[0], address[1]), asked.peer_authority) if address else None
        self.work = self.workload.bound(self.strategy, peer)
        self.task = self.work.bind(self.strategy)
        self.slowdown = asked.slowdown
        rounds.keep_on(asked.cpus)
        self.facts = {"loop": self._primed(), "client": self.workload.client_library(self.strategy)}
        self.facts |= facts.facts(self.strategy) | roots.loaded(asked.folder, (asked.strategy, asked.workload))

    def _primed(self) -> str | None:
        """Bring the runtime up (hub, loop), so that its cost is no task's; return which loop a task finds."""

        async def async_nothing(index: int) -> str | None:
            return facts.loop_in_use()

        if self.is_async:
            found = self.strategy.enter(lambda: self.strategy.run(async_nothing, 1, 1))
        else:
            found = self.strategy.run(lambda index: facts.loop_in_use(), 1, 1)
        loop: str | None = found[0]
        return loop


class Turn:
    """One round: all the tasks of a cell, once."""

    def __init__(self, cell: Prepared, kind: RoundKind) -> None:
        if kind in ("timed", "observed"):
            gc.collect(1 if gc.get_count()[2] < FULL_COLLECTION_DUE else 2)
        rounds.forget_peak()
        cell.work.begin()
        self._cell = cell
        self._cleans_up = kind in ("warmup", "counted")
        self._watch = Watch(cell.task, cell.count, cell.is_async) if kind == "observed" else None
        self.task: Callable[[int], Any] = self._watch.task if self._watch else cell.task
        self._before = rounds.resident_bytes()
        self.clock = rounds.Clock(cell.slowdown)
        """Runs from the first spawn to the last join."""

    async def main(self) -> list[Any]:
        """The round within the runtime of an AsyncStrategy."""
        with self.clock:
            values: list[Any] = await self._cell.strategy.run(self.task, self._cell.count, self._cell.concurrency)
        return values

    def answer(self, values: list[Any]) -> RoundDone | Failed:
        """What it took. Values that prove nothing make it invalid."""
        peak = rounds.peak_bytes()
        work = self._cell.work
        if self._cleans_up:
            gc.collect()
        wrong = work.check(values) if len(values) == self._cell.count else "values are missing"
        if wrong:
            return Failed("invalid", wrong)
        seen = self._watch.seen() | {"notes": work.notes(values)} if self._watch else None
        grown = max(0, peak - self._before)
        return RoundDone(**self.clock.took(), peak_memory_bytes=peak, grown_bytes=grown, seen=seen)
