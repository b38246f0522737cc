"""Which groups a run measures in its next block: its time goes first to the blocks that verdicts need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from harness.measure.settle import still_open
from harness.record.plan import Plan
from harness.record.sample import Looks, Sample
from harness.statistics import flat
from harness.statistics.early import FIRST_LOOK, LAST_LOOK

FOR_MORE = 0.75
"""The share of the time in which a group goes on that has the blocks which its verdicts need."""


class Ahead(NamedTuple):
    """What a group has before it: blocks, and the seconds of each."""

    blocks: int
    seconds: float


class Schedule:
    """The rows of a run that go on, by their groups, and the time that it has for them. `workers(group)`: how many its
    next block has."""

    def __init__(self, plan: Plan, workers: Callable[[int], int]) -> None:
        self._plan, self._workers = plan, workers
        self.most = plan.blocks
        """Blocks."""
        self.rows = {group: set(range(len(plan.strategies))) for group in range(len(plan.groups))}
        self._needs: dict[int, int] = {}
        self._done: Counter[int] = Counter()
        self._seconds: dict[int, float] = {}

    def took(self, group: int, seconds: float, workers: int) -> None:
        """A block of a group has been measured."""
        self._done[group] += 1
        if workers:
            self._seconds[group] = seconds / workers

    def settle(self, samples: Sequence[Sample]) -> None:
        """Have those rows stop of which few blocks have said all."""
        if FIRST_LOOK <= min((self._done[group] for group in self.rows), default=0) <= LAST_LOOK:
            found = {group: still_open(self._plan, samples, group) for group in self.rows}
            self.rows = {group: open.rows for group, open in found.items() if open.rows}
            self._needs = {group: open.blocks for group, open in found.items()}

    def ahead(self) -> dict[int, Ahead]:
        """What is before each group: the blocks that its verdicts need from now on."""
        needs = {group: min(self._needs.get(group, FIRST_LOOK), self._plan.blocks) for group in self.rows}
        return {
            group: Ahead(max(0, number - self._done[group]), self._seconds.get(group, 0.0) * self._workers(group))
            for group, number in needs.items()
        }

    def wanted(self, elapsed: float) -> float:
        """Seconds that a run would take in all whose verdicts had all the blocks that they need."""
        return elapsed + in_all(self.ahead())

    def due(self, elapsed: float) -> list[int]:
        """The groups of the next block; none where nothing has to be measured, or it would not end in time. The first
        block is always run."""
        going = {group: it for group, it in self.ahead().items() if self._done[group] < self.most}
        most = self._plan.max_time
        if most is None or not self._done:
            return list(going)
        if not self._plan.settle:
            return list(going) if elapsed + in_all(once(going)) <= most else []
        return due(going, most - elapsed, FOR_MORE * most - elapsed)


def looks_of(plan: Plan, first: float) -> Looks:
    """The most blocks of a run that looks after each: those of its plan, or what the time holds by the first block's
    seconds, rounded up to a number whose bound is known."""
    return Looks(min(plan.blocks, flat.row(plan.max_time / first)) if plan.max_time else plan.blocks)


def due(ahead: Mapping[int, Ahead], left: float, for_more: float) -> list[int]:
    """Of groups, those for whose next block there is time (seconds): all as long as there is some for more than is
    needed; then as many of the first as all that they need has room for."""
    if in_all({group: it._replace(blocks=max(1, it.blocks)) for group, it in ahead.items()}) <= for_more:
        return list(ahead)
    needed = {group: it for group, it in ahead.items() if it.blocks}
    while len(needed) > 1 and in_all(needed) > left:
        needed.popitem()
    return list(needed) if in_all(once(needed)) <= left else []


def once(ahead: Mapping[int, Ahead]) -> dict[int, Ahead]:
    """One block of each group."""
    return {group: it._replace(blocks=1) for group, it in ahead.items()}


def in_all(ahead: Mapping[int, Ahead]) -> float:
    """Seconds."""
    return sum(it.blocks * it.seconds for it in ahead.values())
