"""A block: every cell of a group once, each in a fresh worker, their rounds interleaved in random order."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from harness.measure.cell import Cell, Driver, Place, status_of
from harness.measure.count import all_at_once
from harness.measure.ledger import Ledger
from harness.process.channel import Failure, PeerEnded
from harness.record.plan import Plan
from harness.record.sample import Sample


class Block:
    """One group (or a sweep's two) within one block. `start(place)` starts a place's worker and returns its driver."""

    def __init__(
        self, plan: Plan, start: Callable[[Place], Driver], cpus: Sequence[int], keep: Callable[[Sample], None],
        ledger: Ledger, tell: Callable[[str], None], watches: Callable[[Place], bool] | None = None,
    ) -> None:  # fmt: skip
        """`watches(place)`: whether a round of it is watched as well."""
        self._plan, self._starter, self._cpus, self._keep = plan, start, cpus, keep
        self._ledger, self._tell = ledger, tell
        self._watches = watches or (lambda place: place.block < plan.watched)
        self._cells: list[Cell] = []

    def start(self, places: Sequence[Place]) -> None:
        """Start the workers of some places, and warm them up."""
        self._tell("starting")
        with self._ledger.spend("starts"):
            fresh = [cell for place in places if (cell := self._started(place))]
            self._prepare(fresh)
        self._warm(fresh)

    def _prepare(self, cells: Sequence[Cell]) -> None:
        for cell in cells:
            cell.begin(self._cpus)
        for cell in cells:
            cell.prepared()

    def _warm(self, cells: Sequence[Cell]) -> None:
        for _ in range(self._plan.warmup):
            for cell in cells:
                self._tell("warming up")
                self._ledger.seconds["warm-ups"] += cell.round("warmup")

    def _started(self, place: Place) -> Cell | None:
        """A cell of this block, which from now on has to be stopped; None where its worker cannot be started."""
        try:
            return self._start(place)
        except Failure as failure:
            self._keep(lost(place, failure))
            return None

    def _start(self, place: Place) -> Cell:
        cell = Cell(place, self._starter(place), self._ledger.elapsed)
        self._cells.append(cell)
        return cell

    def cheapest(self) -> Place | None:
        """The cell whose warm-up was the shortest, of those that may be the best if there are any: the others may stop
        before. None where there is nothing to compare it with."""
        running = [cell for cell in self._cells if cell.running]
        return min(running, key=self._cost).place if len(running) > 1 else None

    def _cost(self, cell: Cell) -> tuple[bool, float]:
        return self._plan.strategies[cell.place.strategy].lesson, cell.warm_seconds

    def measure(self) -> None:
        """The timed rounds in random order, then (usually in the first blocks) one watched round of each, then the
        instructions of all at once; keep the samples."""
        self._timed()
        cells = list(self._cells)
        for cell in cells:
            if cell.running and cell.place.arm == "row" and self._watches(cell.place):
                self._watch(cell)
        if self._plan.count:
            self._count([cell for cell in cells if cell.running and cell.place.arm == "row"])
        for cell in cells:
            cell.leave()
        self.stop()  # what they left behind is part of their samples
        for cell in cells:
            self._keep(cell.sample())

    def _count(self, cells: Sequence[Cell]) -> None:
        self._tell("counting instructions")
        with self._ledger.spend("counting"):
            all_at_once([cell.count for cell in cells])

    def _watch(self, cell: Cell) -> None:
        """The watched round, in a worker of its own where each has one round."""
        if not self._plan.fresh or self._plan.groups[cell.place.group].serves:
            self._ledger.seconds["observed"] += cell.round("observed")
            return
        self._tell("starting")
        with self._ledger.spend("starts"):
            try:
                twin = self._start(cell.place)
            except Failure as failure:
                return cell.ends(failure)
            self._prepare([twin])
        self._warm([twin])
        self._ledger.seconds["observed"] += twin.round("observed")
        return cell.watched(twin)

    def _timed(self) -> None:
        precise = self._plan.precision is not None or bool(self._plan.axes)
        due = {cell: cell.wanted(self._plan.rounds, precise) for cell in self._cells if cell.running}
        if not due:
            return
        drawn, position = order(self._plan, self._cells[0].place), 0
        while due:
            turn = list(due)
            drawn.shuffle(turn)
            for cell in turn:
                self._tell(f"round {position + 1}")
                self._ledger.seconds["rounds"] += cell.round("timed", position)
                position += 1
                due[cell] -= 1
                if not due[cell] or not cell.running:
                    del due[cell]

    def stop(self) -> None:
        """End all of its workers."""
        for cell in self._cells:
            cell.stop()
        self._cells.clear()


def order(plan: Plan, first: Place) -> random.Random:
    """What the order of a block's rounds is drawn from, wherever and whenever it is measured: the run's seed, the group
    (of cells of several that of the first) and the block."""
    return random.Random(f"{plan.seed}-{first.group}-{first.block}")


def lost(place: Place, failure: Failure) -> Sample:
    """The sample of a worker that could not be started."""
    said = status_of(failure), str(failure)
    ended = isinstance(failure, PeerEnded)
    return Sample(
        place.group, place.strategy, place.block, *said, place.arm, traceback=failure.traceback, peer_ended=ended
    )
