"""What a sweep measures next: the points of its grid, then whatever is least known. Pure functions."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple, TypeVar

from harness.record.plan import Axis
from harness.record.sample import Sample
from harness.statistics import best, crossover, knee, pairwise
from harness.statistics.early import FIRST_LOOK
from harness.statistics.verdicts import of_group
from harness.sweeps.axes import AT_ONCE, Values
from harness.sweeps.costs import BEHIND, Costs
from harness.sweeps.points import Points

T = TypeVar("T")
Cell = tuple[Values, int]
SLOW_SHARE, FIRST_SLOW_SHARE = 0.04, 0.25
"""The share of the time that the blocks of such a cell may take all the same; while one point alone says how long."""
OTHERS = 0.3
"""How much less the crossings matter of those that are not the best."""
LEVEL_BLOCKS = 12
SHORT = (errno.EAGAIN, errno.ENOMEM, errno.ENFILE, errno.EMFILE, errno.EADDRNOTAVAIL)
GIVES_OUT = re.compile(
    rf"^(out of memory|it was killed by SIG(KILL|ABRT)|({'|'.join(map(os.strerror, SHORT))}); )"
    rf"|\[Errno ({'|'.join(map(str, SHORT))})\]|can't start new thread|\b(MemoryError|BrokenProcessPool)\b"
)
"""What a failure says where there is not enough of something: our own sentences, and what Python and the system raise.
More of the axis will not help. The rest of it is a user's text, which may have any word."""


class Step(NamedTuple):
    """What to measure in one block, so many times; `need`: how far from an answer what it is for is (1: as narrow as
    sought)."""

    cells: list[Cell]
    blocks: int
    need: float


def gave_out(points: Points, at: Values, strategy: int) -> bool:
    """Whether a strategy has come to its end at a point where it has no numbers: it is not a task that failed, and
    nothing worked farther out."""
    sample = points.lost[at, strategy]
    if sample.status != "timeout" and not (sample.status == "failed" and GIVES_OUT.search(sample.reason or "")):
        return False
    moves = not all(_helps(axis, sample) for axis in points.plan.axes)
    return moves and not any(_farther(points, sample, at, values) for values in points.measured(strategy))


def beyond(points: Points, values: Values, strategy: int) -> Sample | None:
    """The sample with which a strategy gave out at a point that is no farther out."""
    for (at, one), sample in points.lost.items():
        if one == strategy and _farther(points, sample, at, values) and gave_out(points, at, strategy):
            return sample
    return None


def _farther(points: Points, sample: Sample, at: Values, values: Values) -> bool:
    """Whether what did not work at one point has no better chance at another."""
    steps = zip(points.plan.axes, at, values, strict=True)
    return all(a == b if _helps(axis, sample) else a <= b for axis, a, b in steps)


def _helps(axis: Axis, sample: Sample) -> bool:
    """Whether more of an axis may be what is needed: who had no time may have it with more tasks at once."""
    return sample.status == "timeout" and axis.name in AT_ONCE


def too_slow(points: Points, costs: Costs, values: Values, strategy: int, max_time: float) -> bool:
    """Whether a strategy is expected to be far behind the best there, and to take long."""
    if points.blocks(values, strategy):
        return False
    # what was measured at one point is believed to grow as its value does, which few tasks foretell of nobody
    alike = [s for s in range(len(points.plan.strategies)) if points.measured(s) or not points.measured(strategy)]
    walls = {s: wall for s in alike if (wall := costs.wall(values, s))}
    mine = walls.get(strategy)
    if mine is None or mine < BEHIND * min(walls.values()):
        return False
    share = SLOW_SHARE if len(points.measured(strategy)) > 1 else FIRST_SLOW_SHARE
    return FIRST_LOOK * costs.of_rounds(values, strategy) > share * max_time


def worth(points: Points, costs: Costs, values: Values, max_time: float) -> list[int]:
    """The strategies that are measured at a point."""
    return [
        s
        for s, strategy in enumerate(points.plan.strategies)
        if strategy.status == "ok"
        and (values, s) not in points.lost
        and not beyond(points, values, s)
        and not too_slow(points, costs, values, s, max_time)
    ]


def in_flight(cells: Sequence[Cell], flying: Sequence[Sequence[Cell]]) -> int:
    """How many blocks of all of some cells are being measured."""
    return sum(set(cells) <= set(one) for one in flying)


def of_grid(
    points: Points, costs: Costs, grid: Sequence[Values], max_time: float, number: int,
    flying: Sequence[Sequence[Cell]] = (),
) -> Iterator[Step]:  # fmt: skip
    """The next block of those points of the grid that have less than so many, with those that are being measured."""
    for values in grid:
        wanted = worth(points, costs, values, max_time)
        cells = [(values, s) for s in wanted if points.blocks(values, s) + in_flight([(values, s)], flying) < number]
        if cells:
            yield Step(cells, 1, 1.0)


def quickest(points: Points, costs: Costs, grid: Sequence[Values]) -> Step | None:
    """The cell of the grid that is expected to take the least: what is measured where there is no time for more."""
    there = [s for s, strategy in enumerate(points.plan.strategies) if strategy.status == "ok"]
    cells = [(values, s) for values in grid for s in there if (values, s) not in points.lost]
    return Step([min(cells, key=lambda cell: costs.of_cell(*cell))], 1, 1.0) if cells else None


class Needs:
    """What is not known well enough; what has not changed since it was asked for is not computed again."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], tuple[Any, Any]] = {}

    def steps(self, points: Points) -> list[Step]:
        """What would be measured next, the least known first."""
        found = [*self._crossings(points), *self._knees(points)] if len(points.plan.axes) == 1 else []
        return sorted([*found, *self._level(points)], key=lambda step: -step.need)

    def _crossings(self, points: Points) -> Iterator[Step]:
        there = sorted({s for _, s in points.numbers if not points.plan.strategies[s].lesson})
        for one, other in combinations(there, 2):
            said = self._asked(crossing, points, one, other)
            of_best = said and points.lead(said.value, (one, other))
            if said and (of_best or said.need > 1):
                yield Step(
                    [((said.value,), s) for s in (one, other)], said.blocks, said.need * (1 if of_best else OTHERS)
                )

    def _knees(self, points: Points) -> Iterator[Step]:
        """Strategies whose bends are sought at about the same size are measured together."""
        wanted: dict[int, crossover.More] = {}
        for s in sorted({s for _, s in points.numbers if not points.plan.strategies[s].lesson}):
            if said := self._asked(bend, points, s):
                wanted[s] = said
        if not wanted:
            return
        first = max(wanted.values(), key=lambda said: said.need)
        together = [s for s, said in wanted.items() if 0.8 < said.value / first.value < 1.25]
        cells = [cell for s in together for cell in (((first.value,), s), (points.compared(s)[-1], s))]
        yield Step(cells, first.blocks, first.need)

    def _level(self, points: Points) -> Iterator[Step]:
        for number in range(len(points.places)):
            samples = sum(sample.group == number for sample in points.samples)
            if said := self._once(level, points, samples, number):
                yield said

    def _asked(self, what: Callable[..., crossover.More | None], points: Points, *some: int) -> crossover.More | None:
        """From the blocks of some strategies that can be compared: what others did may change which these are."""
        blocks = [(values, points.blocks(values, s)) for s in some for values in points.compared(*some)]
        return self._once(what, points, blocks, *some)

    def _once(self, what: Callable[..., T], points: Points, seen: object, *of: int) -> T:
        """What is said of some of the points, computed if other things are `seen` of them than the last time."""
        key = what, *of
        if key not in self._known or self._known[key][0] != seen:
            self._known[key] = seen, what(points, *of)
        said: T = self._known[key][1]
        return said


def contenders(points: Points, values: Values) -> list[int]:
    """The strategies that may be the best there: they have numbers that can be compared, and nobody has them for a
    lesson. The fastest first."""
    strange = points.strange
    return [s for s in points.leaders(values) if not (points.plan.strategies[s].lesson or (values, s) in strange)]


def crossing(points: Points, one: int, other: int) -> crossover.More | None:
    """Where the order of two strategies is least known."""
    seen = points.pair(one, other)
    return crossover.more(seen, points.scale, points.plan.margin) if len(seen) > 1 else None


def bend(points: Points, strategy: int) -> crossover.More | None:
    """Where the knee of a strategy is least known."""
    found = points.against_top(strategy)
    if points.plan.axes[0].name == "tasks" or not found:
        return None
    return knee.more(*found, points.scale)


def level(points: Points, number: int) -> Step | None:
    """What would tell the best of a point apart, if they are not and blocks may do it."""
    values = points.places[number]
    if len(contenders(points, values)) < 2:
        return None
    verdicts = of_group(points.plan, points.samples, number)
    found = pairwise.table(points.plan, points.samples, number, verdicts)
    said = pairwise.the_best(found, verdicts, points.plan.margin)
    if not said or said.how != "open":
        return None
    have = min(points.blocks(values, s) for s in said.members)
    if have >= LEVEL_BLOCKS:
        return None
    wanted = best.fewest(len(found.left))
    return Step([(values, s) for s in said.members], max(1, min(wanted, LEVEL_BLOCKS) - have), 1.0 / (1 + have))
