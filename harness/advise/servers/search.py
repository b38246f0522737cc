"""Measures servers: block after block of those that are worth a look, as long as there is time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from harness.advise.servers.choose import Grid, due
from harness.advise.servers.points import ELSEWHERE, Cell, Points
from harness.machine.host import Mark
from harness.measure.across import Across, across
from harness.measure.cell import Place
from harness.measure.ledger import Ledger
from harness.measure.processes import Executor
from harness.measure.standing import Sink
from harness.record.plan import Plan, PlannedGroup
from harness.record.sample import Added, End, Ending, Sample

FIRST_CELL = 2.5
"""Seconds of a search, before any was made."""
FEWEST = 2
"""Cells of a block, where there are more than time is left for."""


class Search:
    """One search for the best server. `groups`: what each number of processes and of connections is, of which the plan
    has the first."""

    def __init__(
        self, plan: Plan, sink: Sink, tell: Callable[[str], None], executor: Executor, grid: Grid,
        groups: Mapping[tuple[int, int], PlannedGroup],
    ) -> None:  # fmt: skip
        self._plan, self._sink, self._tell, self._executor = plan, sink, tell, executor
        self._grid, self._groups = grid, groups
        self._samples: list[Sample] = []
        self._left_behind = self._searches = 0
        self.ledger = Ledger()
        self.blocks = 0

    def run(self) -> None:
        """Measure until all is told, or the time is up. Raises StoreError."""
        mark = Mark()
        self._sink.append(mark.take(self.blocks, self.ledger.elapsed()))
        while cells := self._next():
            self._block(cells)
            self._sink.append(mark.take(self.blocks, self.ledger.elapsed()))

    def end(self, interrupted: bool = False) -> End:
        """How the search ended, for the record; before that, which cells of its groups nobody looked at."""
        points = Points(self._plan, self._samples)
        for number, group in enumerate(self._plan.groups):
            for s in range(len(self._plan.strategies)):
                cell = Cell(s, group.processes, group.concurrency)
                if not points.blocks(cell) and cell not in points.lost:
                    self._sink.append(Sample(number, s, self.blocks, "unavailable", ELSEWHERE))
        status: Ending = "interrupted" if interrupted else "partial" if points.lost else "complete"
        return End(status, self.blocks, self.ledger.closed(), self._left_behind)

    def _next(self) -> list[Cell]:
        """The cells of the next block: as many as there is time for; none where it does not hold two."""
        if self.blocks >= self._plan.blocks:
            return []
        points = Points(self._plan, self._samples)
        wanted = due(points, self._grid, range(len(self._plan.strategies)))
        if not self.blocks:
            return wanted
        room = int(self._left() / (self.ledger.elapsed() / self._searches))
        return wanted[:room] if room >= min(FEWEST, len(wanted)) else []

    def _left(self) -> float:
        assert self._plan.max_time
        return self._plan.max_time - self.ledger.elapsed()

    def _block(self, cells: Sequence[Cell]) -> None:
        places = [Place(self._number(cell), cell.strategy, self.blocks) for cell in cells]
        watched = places if self.blocks < self._plan.watched else []
        several = "" if len(cells) == 1 else "s"
        title = f"block {self.blocks + 1}, {max(0.0, self._left()):.0f} s left, {len(cells)} server{several}"
        try:
            across(
                self._plan, Across(places, watched), self._executor, self._keep, self.ledger,
                lambda said: self._tell(f"{title}: {said}"),
            )  # fmt: skip
        finally:
            self._left_behind += self._executor.sweep()
        self._searches += len(cells)
        self.blocks += 1

    def _number(self, cell: Cell) -> int:
        """The place of a cell's group in the plan, to which it is added where it is new."""
        group = self._groups[cell.processes, cell.connections]
        if group not in self._plan.groups:
            self._plan = msgspec.structs.replace(self._plan, groups=[*self._plan.groups, group])
            self._sink.append(Added(group))
        return self._plan.groups.index(group)

    def _keep(self, sample: Sample) -> None:
        self._samples.append(sample)
        self._sink.append(sample)
