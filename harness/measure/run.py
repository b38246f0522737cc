"""Runs a plan: blocks of fresh workers, their rounds interleaved in random order, each sample stored at once."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from harness.machine.host import Mark
from harness.measure.cell import Cell, Place
from harness.measure.ledger import Ledger
from harness.measure.server import ServerCell
from harness.process import launch
from harness.process.peers import Generator, OtherEnd, Peer
from harness.record.plan import Group, Pin, Plan
from harness.record.sample import End, Ending, Line, Sample

LOOKS = (10, 14, 20, 28, 40, 57, 80, 113, 160, 226, 320)
"""Numbers of blocks at which a run may stop: a fixed schedule, so that looking costs the intervals next to nothing."""
OBSERVED_BLOCKS = 3


Enough = Callable[[Plan, Sequence[Sample]], bool]


def as_narrow_as_asked(plan: Plan, samples: Sequence[Sample]) -> bool:
    """Whether every interval reaches no further to either side than the plan's precision."""
    from harness.statistics.verdicts import widest

    return widest(plan, samples) <= (plan.precision or 0.0)


class Sink(Protocol):
    """Where samples go."""

    def append(self, line: Line) -> None:
        """Keep a line."""


class Measurement:
    """One run of a plan."""

    def __init__(self, plan: Plan, sink: Sink, tell: Callable[[str], None], enough: Enough | None = None) -> None:
        self._plan, self._sink, self._tell, self._enough = plan, sink, tell, enough or as_narrow_as_asked
        self._random = random.Random(plan.seed)
        self._lost = {
            (g, s)
            for g, group in enumerate(plan.groups)
            for s, strategy in enumerate(plan.strategies)
            if group.status != "ok" or strategy.status != "ok"
        }
        self._null: dict[int, int | None] = {}
        self._samples: list[Sample] = []
        self._left_behind = 0
        self.ledger = Ledger()
        self.blocks = 0

    def run(self) -> None:
        """Measure block after block until there are enough, or the time is up. Raises StoreError."""
        last, mark = 0.0, Mark()
        for block in range(self._plan.blocks):
            began = self.ledger.elapsed()
            if self._plan.max_time and block and began + last > self._plan.max_time:
                break
            self._sink.append(mark.take(block))
            for number in range(len(self._plan.groups)):
                self._block(block, number)
            self.blocks += 1
            last = self.ledger.elapsed() - began
            if self._precise():
                break
        self._sink.append(mark.take(self.blocks))

    def end(self, interrupted: bool = False) -> End:
        """How the run ended, for the record."""
        status: Ending = "interrupted" if interrupted else "partial" if self._lost else "complete"
        return End(status, self.blocks, self.ledger.closed(), self._left_behind)

    def _precise(self) -> bool:
        """At one of the looks: whether the intervals are as narrow as asked. Verdicts are not looked at."""
        return bool(self._plan.precision and self.blocks in LOOKS and self._enough(self._plan, self._samples))

    def _block(self, block: int, number: int) -> None:
        places = [Place(number, s, block) for s in range(len(self._plan.strategies)) if (number, s) not in self._lost]
        null = self._null.get(number)
        if null is not None and (number, null) not in self._lost:
            places.append(Place(number, null, block, "null"))
        if not places:
            return
        group = self._plan.groups[number]
        self._title = f"block {block + 1} of at most {self._plan.blocks}, {group.workload}"
        cells: list[Cell] = []
        near, far = cpus(self._plan.pin, bool(group.peer_module) or group.serves)
        peer: OtherEnd | None = None
        try:
            with self.ledger.spend("starts"):
                if group.serves:
                    peer = Generator(group.target, group.options, far)
                elif group.peer_module:
                    peer = Peer(group.peer_module, group.options, far)
            self._start(cells, places, near, peer)
            if number not in self._null:
                self._start(cells, self._choose_null(cells), near, peer)
            self._measure(cells, peer)
        except launch.Failure as failure:
            for place in places:
                self._keep(Sample(place.group, place.strategy, block, "failed", str(failure), place.arm))
        finally:
            for cell in cells:
                cell.stop()
            if peer:
                peer.stop()
            self._left_behind += launch.sweep()

    def _start(self, cells: list[Cell], places: Sequence[Place], near: Sequence[int], peer: OtherEnd | None) -> None:
        """Add cells to those that run (whoever owns the list stops them), and warm them up."""
        self._tell(f"{self._title}: starting")
        plan, before = self._plan, len(cells)
        with self.ledger.spend("starts"):
            for place in places:  # one by one, so that those that did start can be stopped
                try:
                    cells.append(self._cell(place))
                except launch.Failure as failure:
                    self._keep(Sample(place.group, place.strategy, place.block, "failed", str(failure), place.arm))
            for cell in cells[before:]:
                cell.begin(self._job(plan.groups[cell.place.group], peer), near)
            for cell in cells[before:]:
                cell.prepared()
        for _ in range(plan.warmup):
            for cell in cells[before:]:
                self._tell(f"{self._title}: warming up")
                self.ledger.seconds["warm-ups"] += cell.round("warmup", peer) if cell.running else 0.0

    def _cell(self, place: Place) -> Cell:
        plan, strategy = self._plan, self._plan.strategies[place.strategy]
        if plan.groups[place.group].serves:
            return ServerCell(place, strategy, plan)
        return Cell(place, strategy, plan.timeout)

    def _job(self, group: Group, peer: OtherEnd | None) -> dict[str, Any]:
        return {
            "workload": group.target,
            "options": group.options,
            "tasks": group.tasks,
            "concurrency": group.concurrency,
            "peer": peer.where if peer else None,
        }

    def _choose_null(self, cells: Sequence[Cell]) -> list[Place]:
        """The second arm of the cheapest cell, where there is anything to compare."""
        running = [cell for cell in cells if cell.running]
        if len(running) < 2 or self._plan.blocks < 2:
            return []
        place = min(running, key=lambda cell: cell.warm_seconds).place
        self._null[place.group] = place.strategy
        return [place._replace(arm="null")]

    def _measure(self, cells: list[Cell], peer: OtherEnd | None) -> None:
        """The timed rounds in random order, then (in the first blocks) one watched round of each."""
        books = self.ledger.seconds
        precise = self._plan.precision is not None
        due = {cell: cell.wanted(self._plan.rounds, precise) for cell in cells if cell.running}
        position = 0
        while due:
            order = list(due)
            self._random.shuffle(order)
            for cell in order:
                self._tell(f"{self._title}: round {position + 1}")
                books["rounds"] += cell.round("timed", peer, position)
                position += 1
                due[cell] -= 1
                if not due[cell] or not cell.running:
                    del due[cell]
        for cell in cells:
            if cell.running and cell.place.arm == "row" and cell.place.block < OBSERVED_BLOCKS:
                books["observed"] += cell.round("observed", peer)
            if cell.running and cell.place.arm == "row" and self._plan.count:
                self._tell(f"{self._title}: counting instructions")
                with self.ledger.spend("counting"):
                    cell.count(self._job(self._plan.groups[cell.place.group], peer))
            self._keep(cell.sample())

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
