"""Measures a sweep: the points of its grid, then what is least known, as long as there is time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from harness.machine.host import Mark
from harness.measure.across import Across, Piece, across
from harness.measure.cell import Place
from harness.measure.ledger import Ledger
from harness.measure.pilot import Seen, few
from harness.measure.processes import Executor
from harness.measure.standing import Sink
from harness.record.plan import Plan, PlannedGroup
from harness.record.sample import Added, End, Ending, Sample
from harness.statistics.early import FIRST_LOOK
from harness.sweeps import words
from harness.sweeps.axes import Values, text
from harness.sweeps.choose import Cell, Needs, Step, beyond, in_flight, of_grid, quickest, too_slow
from harness.sweeps.costs import FIRST_CELL, Costs, Few
from harness.sweeps.points import Points

FIRST_SHARE = 0.35
"""The share of the time left that the first block of a point may take while others have none."""


class Sweeping:
    """One sweep, wherever its blocks are measured. `grid`: the points that are measured first, in order, whose groups
    the plan has; `group(values)`: what another point is, which is added to it."""

    def __init__(
        self, plan: Plan, sink: Sink, tell: Callable[[str], None], grid: Sequence[Values],
        group: Callable[[Values], PlannedGroup], refused: Sequence[Sample] = (),
    ) -> None:  # fmt: skip
        """`refused`: the cells that cannot be measured, with the reason."""
        self._plan, self._sink, self._tell = plan, sink, tell
        self._grid, self._group, self._refused = list(grid), group, refused
        self._samples: list[Sample] = []
        self._left_behind = 0
        self._needs = Needs()
        self._cut_short: str | None = None
        self._few: Few | None = None
        self.ledger = Ledger()
        self.blocks = 0

    @property
    def _most(self) -> float:
        assert self._plan.max_time
        return self._plan.max_time

    def _refuse(self) -> None:
        for sample in self._refused:
            self._keep(sample)

    def end(self, interrupted: bool = False) -> End:
        """How the sweep ended, for the record; before that, why cells were not measured."""
        points, costs = self._points_and_costs()
        left_out = [
            Sample(number, s, self.blocks, "unavailable", self._why_not(points, costs, values, s))
            for number, values in enumerate(points.places)
            for s, strategy in enumerate(self._plan.strategies)
            if strategy.status == "ok" and not points.blocks(values, s) and (values, s) not in points.lost
        ]
        for sample in left_out:
            self._sink.append(sample)
        lacking = not points.numbers or any(map(words.lacks, [*points.lost.values(), *left_out]))
        status: Ending = "interrupted" if interrupted else "partial" if lacking else "complete"
        return End(status, self.blocks, self.ledger.closed(), self._left_behind)

    def _why_not(self, points: Points, costs: Costs, values: Values, strategy: int) -> str:
        if sample := beyond(points, values, strategy):
            return words.gave_out(self._at(points.places[sample.group]), sample.reason)
        if values not in self._grid:
            return words.ELSEWHERE
        wall = costs.wall(values, strategy)
        if too_slow(points, costs, values, strategy, self._most):
            return words.behind(wall or 0.0)
        return words.not_measured(self._cut_short) if self._cut_short else words.no_time(self._most, wall)

    def _left(self) -> float:
        return self._most - self.ledger.elapsed()

    def _points_and_costs(self) -> tuple[Points, Costs]:
        points = Points(self._plan, self._samples)
        cells = sum(len(one.rounds) > 0 for one in self._samples)
        return points, Costs(points, self._beside() / cells if cells else FIRST_CELL, self._few)

    def _beside(self) -> float:
        """Seconds that all blocks took beside their rounds."""
        return self.ledger.elapsed() - sum(self.ledger.seconds[on] for on in ("warm-ups", "rounds", "observed"))

    def _next(self, flying: Sequence[Sequence[Cell]] = ()) -> Step | None:
        """The grid first, each point once before any has its other blocks; then the least known that there is time
        for: what is `flying` will be known, and is not measured more often than is asked for. Where there is time for
        nothing, one cell all the same."""
        points, costs = self._points_and_costs()
        for number in (1, FIRST_LOOK):
            steps = of_grid(points, costs, self._grid, self._most, number, flying)
            share = FIRST_SHARE if number == 1 else 1.0
            for step in steps:
                if costs.of_block(step.cells) <= share * self._left():
                    return step
        for step in self._needs.steps(points):
            if costs.of_block(step.cells) <= self._left() and in_flight(step.cells, flying) < step.blocks:
                return step
        knows = self._left() > 0 or (self._few and self._few.seen)
        return quickest(points, costs, self._grid) if knows and not self.blocks else None

    def _across(self, cells: Sequence[Cell]) -> Across:
        """The next block, of some cells, whatever their points: their rounds are interleaved."""
        places = [Place(self._number(values), s, self.blocks) for values, s in cells]
        self.blocks += 1
        return Across(places, [place for place in places if self._is_new(place)])

    def _number(self, values: Values) -> int:
        """The place of a point's group in the plan, to which it is added where it is new."""
        places = Points(self._plan, []).places
        if values not in places:
            group = self._group(values)
            self._plan = msgspec.structs.replace(self._plan, groups=[*self._plan.groups, group])
            self._sink.append(Added(group))
            return len(places)
        return places.index(values)

    def _is_new(self, place: Place) -> bool:
        """Whether a cell has no watched round yet."""
        return not any((one.group, one.strategy) == place[:2] and one.observed for one in self._samples)

    def _keep(self, sample: Sample) -> None:
        self._samples.append(sample)
        self._sink.append(sample)

    def _at(self, values: Values) -> str:
        return ", ".join(f"{axis.name}={text(one)}" for axis, one in zip(self._plan.axes, values, strict=True))

    def title(self, piece: Piece) -> str:
        """What is measured, and the time that is left."""
        points = Points(self._plan, []).places
        where = " and ".join(dict.fromkeys(self._at(points[place.group]) for place in piece.places))
        return f"block {piece.block + 1}, {max(0.0, self._left()):.0f} s left, {where}"


class SweepingHere(Sweeping):
    """One sweep, on this machine."""

    def __init__(
        self, plan: Plan, sink: Sink, tell: Callable[[str], None], grid: Sequence[Values],
        group: Callable[[Values], PlannedGroup], refused: Sequence[Sample], executor: Executor,
        tries: Callable[[Plan, int, Executor, float], Mapping[int, Sequence[Seen]]] = few,
    ) -> None:  # fmt: skip
        """`tries`: runs rounds of few tasks of a group, the first of which may take so many seconds."""
        super().__init__(plan, sink, tell, grid, group, refused)
        self._executor, self._tries = executor, tries

    def run(self) -> None:
        """Measure until all is known, or the time is up. Raises StoreError."""
        mark = Mark()
        self._refuse()
        self._try_few()
        self._sink.append(mark.take(self.blocks, self.ledger.elapsed()))
        while step := self._next():
            for _ in range(step.blocks):
                if self.blocks and self._points_and_costs()[1].of_block(step.cells) > self._left():
                    break
                self._block(self._across(step.cells))
            self._sink.append(mark.take(self.blocks, self.ledger.elapsed()))

    def _try_few(self) -> None:
        """See what few tasks take at the first point where they can be had, before anything is measured."""
        there = (number for number, group in enumerate(self._plan.groups) if group.status == "ok")
        if (number := next(there, None)) is None:
            return
        self._tell(f"a few tasks at {self._at(self._grid[number])}")
        with self.ledger.spend("warm-ups"):
            self._few = Few(self._grid[number], self._tries(self._plan, number, self._executor, self._left()))

    def _block(self, piece: Across) -> None:
        title = self.title(piece)
        try:
            across(
                self._plan, piece, self._executor, self._keep, self.ledger, lambda said: self._tell(f"{title}: {said}")
            )
        finally:
            self._left_behind += self._executor.sweep()
