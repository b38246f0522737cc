"""Where a run stands: what it has measured, what is lost of its plan, and what that means for its next blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import Protocol

import msgspec

from harness.measure import resume
from harness.measure.cell import Place
from harness.measure.ledger import Ledger
from harness.measure.schedule import Schedule, looks_of
from harness.measure.unit import Unit
from harness.record.plan import Plan
from harness.record.sample import End, Ending, Line, Looks, Record, Sample

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

    def extend(self, lines: Sequence[Line]) -> None:
        """Keep lines, all or none of them."""


class Standing:
    """Where one run of a plan stands."""

    def __init__(self, plan: Plan, sink: Sink, tell: Callable[[str], None], enough: Enough | None = None) -> None:
        self._plan, self._sink, self._tell = plan, sink, tell
        self._enough = enough or (as_narrow_as_asked if plan.precision else None)
        self._lost = {
            (g, s)
            for g, group in enumerate(plan.groups)
            for s, strategy in enumerate(plan.strategies)
            if group.status != "ok" or strategy.status != "ok"
        }
        self._schedule = Schedule(plan, lambda group: len(self._unit(self.blocks, group).places))
        self._null: dict[int, int | None] = {}
        self._spared: set[Place] = set()
        self._samples: list[Sample] = []
        self._left_behind = 0
        self.ledger = Ledger()
        self.blocks = 0
        self._looks: Looks | None = None

    def _go_on(self, record: Record) -> None:
        """Stand where the run stood that made this record, but for its blocks."""
        self.ledger = resume.ledger(record)
        self._samples = [*record.samples, *record.uneven]
        self._lost |= resume.lost(self._samples)
        self._null = resume.null_arms(self._samples)
        self._spared = {Place(one.group, one.strategy, one.block, one.arm) for one in record.beside}
        self._left_behind = record.end.left_behind if record.end else 0
        if record.looks:
            self._looks, self._schedule.most = record.looks, record.looks.most

    def end(self, interrupted: bool = False) -> End:
        """How the run ended, for the record."""
        status: Ending = "interrupted" if interrupted else "partial" if self._lost else "complete"
        return End(status, self.blocks, self.ledger.closed(), self._left_behind)

    def _looked(self, enough: Enough, samples: Sequence[Sample], hosts: int = 1) -> bool:
        """After a block: whether there are enough. The first fixes how many there may be, before anybody looks."""
        if self._looks is None:
            self._looks = looks_of(self._plan, self.ledger.elapsed() / self.blocks / hosts)
            self._schedule.most = self._looks.most
            self._sink.append(self._looks)
        return enough(self._plan, samples, self._schedule.most)

    def _title(self, number: int, group: int) -> str:
        """What is measured, the time that is left at most, and what each row of it took so far."""
        title = self._where(number, group)
        so_far = ", ".join(f"{name} {wall:.3g} s" for name, wall in self._so_far(group))
        return f"{title} ({so_far})" if so_far else title

    def _where(self, number: int, group: int) -> str:
        """What is measured, and the time that is left at most."""
        left = f", {max(0.0, most - self.ledger.elapsed()):.0f} s left" if (most := self._plan.max_time) else ""
        return f"block {number + 1} of at most {self._plan.blocks}{left}, {self._plan.groups[group].workload}"

    def _so_far(self, group: int) -> list[tuple[str, float]]:
        """The rows of a group, the quickest first: the median of their rounds so far, seconds."""
        walls: dict[int, list[float]] = {}
        for one in self._samples:
            if one.group == group and one.arm == "row":
                walls.setdefault(one.strategy, []).extend(round.wall_seconds for round in one.rounds)
        medians = {self._plan.strategies[s].name: median(found) for s, found in walls.items() if found}
        return sorted(medians.items(), key=lambda one: one[1])

    def _unit(self, block: int, group: int) -> Unit:
        """What is to be measured of a group in a block: both arms of the null as long as any other row."""
        null = self._null.get(group)
        wanted = self._schedule.rows[group] | ({null} if null is not None else set())
        rows = [strategy for strategy in sorted(wanted) if (group, strategy) not in self._lost]
        return Unit(group, block, rows, null if null in rows else None, group not in self._null)

    def _counted(self, sample: Sample) -> Sample:
        """A sample as it is kept, when what follows from it is. A peer that ended costs its rows a block, unless it did
        so in the block before as well."""
        if sample.arm == "null":
            self._null[sample.group] = sample.strategy
        if sample.peer_ended:
            place = Place(sample.group, sample.strategy, sample.block, sample.arm)
            self._spared.add(place)
            if place._replace(block=sample.block - 1) not in self._spared:
                return sample
            sample = msgspec.structs.replace(sample, peer_ended=False)
        if sample.status != "ok":
            if sample.arm == "null":
                self._null[sample.group] = None
            else:
                self._lost.add((sample.group, sample.strategy))
        self._samples.append(sample)
        return sample
