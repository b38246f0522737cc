"""Measures a sweep on several hosts: each that is free gets what is least known of what no other measures."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from harness.hosts.fleet import Fleet
from harness.hosts.messages import Measured
from harness.measure.across import Across, Piece
from harness.measure.cell import Place
from harness.measure.standing import Sink
from harness.record.plan import Plan, PlannedGroup
from harness.record.sample import End, Sample
from harness.sweeps.axes import Values
from harness.sweeps.choose import Cell
from harness.sweeps.measurement import Sweeping
from harness.sweeps.points import Points


class SweepingOnHosts(Sweeping):
    """One sweep, on hosts."""

    def __init__(
        self, plan: Plan, sink: Sink, tell: Callable[[str], None], grid: Sequence[Values],
        group: Callable[[Values], PlannedGroup], refused: Sequence[Sample], fleet: Fleet,
    ) -> None:  # fmt: skip
        super().__init__(plan, sink, tell, grid, group, refused)
        self._fleet = fleet
        self._flying: list[Across] = []
        self._lost: list[Across] = []
        self._seconds = 0.0
        """Of all blocks, beside their rounds."""

    @property
    def plan(self) -> Plan:
        """What blocks are of: it grows."""
        return self._plan

    def run(self) -> None:
        """Measure until all is known, the time is up, or no host is left. Raises StoreError, BusyError where another
        run measures on each of them."""
        self._refuse()
        self._fleet.run(self)

    def end(self, interrupted: bool = False) -> End:
        """How the sweep ended, for the record. What its seconds went into, each host would say otherwise."""
        self._cut_short = self._fleet.cut_short
        said = super().end(interrupted)
        status = "partial" if self._cut_short and not interrupted else said.status
        seconds = {"all": said.seconds["all"]}
        return msgspec.structs.replace(said, status=status, seconds=seconds, cut_short=self._cut_short)

    def is_due(self, site: int | None, hosts: int) -> bool:
        """Whether there is something to measure, and time for it."""
        return bool(self._lost_in_time() or self._next(self._cells()))

    def begin(self, site: int, hosts: int) -> Across | None:
        """The next block: one that was lost, or a new one."""
        piece = self._lost_in_time()
        if piece:
            self._lost.remove(piece)
        elif step := self._next(self._cells()):
            piece = self._across(step.cells)
        if piece:
            self._flying.append(piece)
        return piece

    def again(self, piece: Piece) -> None:
        """Have a block measured again."""
        assert isinstance(piece, Across)
        self._flying.remove(piece)
        self._lost.append(piece)

    def accept(self, piece: Piece, answer: Measured, seconds: float) -> None:
        """Store a block, all of it at once. Raises StoreError."""
        assert isinstance(piece, Across)
        self._flying.remove(piece)
        self._sink.extend([answer.mark, *answer.samples])
        self._samples += answer.samples
        self._left_behind += answer.left_behind
        self._seconds += max(0.0, seconds - sum(map(in_rounds, answer.samples)))

    def takes(self, piece: Piece) -> float | None:
        """Seconds that a block is expected to take; None where a cell of it is new."""
        cells = self._cells_of(piece)
        points, costs = self._points_and_costs()
        return costs.of_block(cells) if all(points.blocks(*cell) for cell in cells) else None

    def _beside(self) -> float:
        return self._seconds

    def _is_new(self, place: Place) -> bool:
        cell = place.group, place.strategy
        watched = ((one.group, one.strategy) for piece in self._flying for one in piece.watched)
        return super()._is_new(place) and cell not in watched

    def _lost_in_time(self) -> Across | None:
        """A block that was lost, and for which there is time."""
        costs = self._points_and_costs()[1]
        return next((one for one in self._lost if costs.of_block(self._cells_of(one)) <= self._left()), None)

    def _cells(self) -> list[list[Cell]]:
        """What is measured, or will be again."""
        return [self._cells_of(one) for one in (*self._flying, *self._lost)]

    def _cells_of(self, piece: Piece) -> list[Cell]:
        places = Points(self._plan, []).places
        return [(places[one.group], one.strategy) for one in piece.places]


def in_rounds(sample: Sample) -> float:
    """Seconds of all rounds of a worker."""
    observed = [sample.observed.wall_seconds] if sample.observed else []
    return sum((one.wall_seconds for one in (*sample.warmups, *sample.rounds)), sum(observed))
