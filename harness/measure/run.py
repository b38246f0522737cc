"""Runs a plan: block after block until there are enough, each sample stored at once."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Callable, Sequence
from statistics import median
from typing import Protocol

import msgspec

from harness.machine.host import Mark
from harness.measure.block import Block, lost
from harness.measure.cell import Place
from harness.measure.ledger import Ledger
from harness.measure.processes import Executor
from harness.measure.schedule import Schedule, looks_of
from harness.process.channel import Failure
from harness.record.plan import Pin, Plan
from harness.record.sample import Cut, End, Ending, Line, Sample

Enough = Callable[[Plan, Sequence[Sample], int], bool]
"""Says after each block whether there are enough; it is told the most that there may be."""


def as_narrow_as_asked(plan: Plan, samples: Sequence[Sample], most: int) -> bool:
    """Whether every interval reaches no further to either side than the plan's precision."""
    from harness.statistics.verdicts import widest

    return widest(plan, samples, most) <= (plan.precision or 0.0)


class Sink(Protocol):
    """Where samples go."""

    def append(self, line: Line) -> None:
        """Keep a line."""


class Measurement:
    """One run of a plan."""

    def __init__(
        self, plan: Plan, sink: Sink, tell: Callable[[str], None], executor: Executor, enough: Enough | None = None
    ) -> None:
        self._plan, self._sink, self._tell, self._executor = plan, sink, tell, executor
        self._enough = enough or (as_narrow_as_asked if plan.precision else None)
        self._random = random.Random(plan.seed)
        self._lost = {
            (g, s)
            for g, group in enumerate(plan.groups)
            for s, strategy in enumerate(plan.strategies)
            if group.status != "ok" or strategy.status != "ok"
        }
        self._schedule = Schedule(plan, lambda group: len(self._places(self.blocks, group)))
        self._null: dict[int, int | None] = {}
        self._samples: list[Sample] = []
        self._left_behind = 0
        self.ledger = Ledger()
        self.blocks = 0

    def run(self) -> None:
        """Measure block after block until there are enough, or the time is up. Raises StoreError."""
        mark = Mark()
        while due := self._schedule.due(self.ledger.elapsed()):
            self._sink.append(mark.take(self.blocks, self.ledger.elapsed()))
            for group in due:
                began, seen = self.ledger.elapsed(), len(self._samples)
                self._block(self.blocks, group)
                self._schedule.took(group, self.ledger.elapsed() - began, len(self._samples) - seen)
            self.blocks += 1
            if self._plan.settle:
                self._settle()
            if self._enough and self._looked(self._enough):
                break
        lacking = {str(group): it.blocks for group, it in self._schedule.ahead().items() if it.blocks}
        if lacking and self._plan.settle:
            self._sink.append(Cut(self.blocks, self._schedule.wanted(self.ledger.elapsed()), groups=lacking))
        self._sink.append(mark.take(self.blocks, self.ledger.elapsed()))

    def _settle(self) -> None:
        """Have those cells stop of which few blocks have said all; where the rest has no time, have fewer rounds."""
        self._schedule.settle(self._samples)
        wanted = self._schedule.wanted(self.ledger.elapsed())
        if self._plan.rounds is None and self._plan.max_time and wanted > self._plan.max_time:
            self._sink.append(Cut(self.blocks, wanted, rounds=1))
            self._plan = msgspec.structs.replace(self._plan, rounds=1)

    def end(self, interrupted: bool = False) -> End:
        """How the run ended, for the record."""
        status: Ending = "interrupted" if interrupted else "partial" if self._lost else "complete"
        return End(status, self.blocks, self.ledger.closed(), self._left_behind)

    def _looked(self, enough: Enough) -> bool:
        """After a block: whether there are enough. The first fixes how many there may be, before anybody looks."""
        if self.blocks == 1:
            looks = looks_of(self._plan, self.ledger.elapsed())
            self._schedule.most = looks.most
            self._sink.append(looks)
        return enough(self._plan, self._samples, self._schedule.most)

    def _block(self, number: int, group: int) -> None:
        places = self._places(number, group)
        if not places:
            return
        planned = self._plan.groups[group]
        near, far = cpus(self._plan.pin, bool(planned.peer_module) or planned.serves)
        try:
            with contextlib.ExitStack() as stack:
                with self.ledger.spend("starts"):
                    start = stack.enter_context(self._executor.block(planned, far))
                tell = self._titled(self._title(number, group))
                block = Block(self._plan, start, near, self._keep, self.ledger, tell, self._random)
                stack.callback(block.stop)
                block.start(places)
                if group not in self._null and (null := self._choose_null(block)):
                    block.start([null])
                block.measure()
        except Failure as failure:
            for place in places:
                self._keep(lost(place, failure))
        finally:
            self._left_behind += self._executor.sweep()

    def _choose_null(self, block: Block) -> Place | None:
        """The second arm of the cheapest cell, where there is anything to compare."""
        place = block.cheapest() if self._plan.blocks > 1 else None
        if place:
            self._null[place.group] = place.strategy
        return place._replace(arm="null") if place else None

    def _title(self, number: int, group: int) -> str:
        """What is measured, the time that is left at most, and what each row of it took so far."""
        left = f", {max(0.0, most - self.ledger.elapsed()):.0f} s left" if (most := self._plan.max_time) else ""
        so_far = ", ".join(f"{name} {wall:.3g} s" for name, wall in self._so_far(group))
        title = f"block {number + 1} of at most {self._plan.blocks}{left}, {self._plan.groups[group].workload}"
        return f"{title} ({so_far})" if so_far else title

    def _so_far(self, group: int) -> list[tuple[str, float]]:
        """The rows of a group, the quickest first: the median of their rounds so far, seconds."""
        walls: dict[int, list[float]] = {}
        for one in self._samples:
            if one.group == group and one.arm == "row":
                walls.setdefault(one.strategy, []).extend(round.wall_seconds for round in one.rounds)
        medians = {self._plan.strategies[s].name: median(found) for s, found in walls.items() if found}
        return sorted(medians.items(), key=lambda one: one[1])

    def _titled(self, title: str) -> Callable[[str], None]:
        return lambda text: self._tell(f"{title}: {text}")

    def _places(self, block: int, number: int) -> list[Place]:
        """The workers of a group that can still be measured, and have to be: both arms of the null as long as any."""
        null = self._null.get(number)
        wanted = self._schedule.rows[number] | ({null} if null is not None else set())
        places = [Place(number, s, block) for s in sorted(wanted) if (number, s) not in self._lost]
        if null is not None and (number, null) not in self._lost:
            places.append(Place(number, null, block, "null"))
        return places

    def _keep(self, sample: Sample) -> None:
        if sample.status != "ok":
            if sample.arm == "null":
                self._null[sample.group] = None
            else:
                self._lost.add((sample.group, sample.strategy))
        self._samples.append(sample)
        self._sink.append(sample)


def cpus(pin: Pin, has_peer: bool) -> tuple[list[int], list[int]]:
    """The cores of the workers and of their peer: halves of what we have, one and the others, or all for both ([])."""
    ours = sorted(os.sched_getaffinity(0))
    if pin == "one":
        return ours[-1:], ours[:-1]
    if pin == "none" or not has_peer or len(ours) < 2:
        return [], []
    return ours[: len(ours) // 2], ours[len(ours) // 2 :]
