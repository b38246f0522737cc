"""Servers whose capacities are a law's, for tests of what is looked at, and of what is said."""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from harness import api
from harness.advise.document import Advice
from harness.advise.servers.answer import answer
from harness.advise.servers.choose import Grid
from harness.advise.servers.points import Cell
from harness.advise.servers.search import Search
from harness.measure.cell import Driver, Place
from harness.measure.processes import Start
from harness.process.channel import Failure
from harness.record.plan import Plan, PlannedGroup, PlannedStrategy
from harness.record.sample import Latency, Line, Record, Round, Trial
from harness.record.store import record_of
from tests.builders import LOAD, ROUND, header

Law = Callable[[Cell, int], float]
"""The capacity of a cell in a block; 0 where no rate holds. Raises Failure."""
GRID = Grid((1, 2), (1, 4, 16, 64, 256))
NAMES = ("quick", "slow", "thready")
FACTS = {"cpus": [0, 1], "apart": False}


def plan(grid: Grid = GRID, names: Sequence[str] = NAMES, **changes: Any) -> Plan:
    strategies = [PlannedStrategy(name, f"x:{name}", threads_per_task=int(name == "thready")) for name in names]
    groups = [group(*grid.start)]
    asked: dict[str, Any] = {"reference": names[0], "blocks": 12, "rounds": None, "warmup": 1, "timeout": 60.0}
    asked |= {"max_time": 120.0, "pin": "none", "seed": 1, "slo": 0.01, "watched": 0}
    return Plan(strategies=strategies, groups=groups, **(asked | changes))


def group(processes: int, connections: int) -> PlannedGroup:
    options = {"processes": processes} if processes > 1 else {}
    return PlannedGroup("echo", "e:F", options, connections, connections, serves=True, processes=processes)


def noisy(law: Callable[[Cell], float], deviation: float, seed: int = 1) -> Law:
    """A law of which each block sees something else."""
    shuffler = random.Random(seed)
    return lambda cell, block: law(cell) * math.exp(shuffler.gauss(0.0, deviation))


class Simulated:
    """An executor without processes."""

    def __init__(self, law: Law) -> None:
        self._law = law
        self.seen: list[tuple[int, Cell]] = []

    @contextlib.contextmanager
    def block(self, group: PlannedGroup, cpus: Sequence[int]) -> Iterator[Start]:
        def start(place: Place) -> Driver:
            cell = Cell(place.strategy, group.processes, group.concurrency)
            self.seen.append((place.block, cell))
            return Served(self._law, cell, place.block)

        yield start

    def sweep(self) -> int:
        return 0

    def cells(self, block: int) -> set[Cell]:
        """What a block looked at."""
        return {cell for number, cell in self.seen if number == block}


class Served:
    """A server that a law describes."""

    most_rounds: int | None = 1

    def __init__(self, law: Law, cell: Cell, block: int) -> None:
        self._law, self._cell, self._block = law, cell, block

    def begin(self, cpus: Sequence[int]) -> None: ...

    def ready(self) -> dict[str, Any]:
        return FACTS | ({"processes": self._cell.processes} if self._cell.processes > 1 else {})

    def round(self, kind: str, position: int) -> Round | None:
        if kind != "timed":
            return ROUND
        rate = self._law(self._cell, self._block)
        trials = [Trial(rate, rate, 0.008, True), Trial(1.05 * rate, rate, 0.02, False)]
        trials = trials if rate else [Trial(500.0, 500.0, 0.03, False), Trial(250.0, 250.0, 0.02, False)]
        latency = Latency(0.001, 0.004, 0.008, 0.009)
        return msgspec.structs.replace(
            ROUND, load=msgspec.structs.replace(LOAD, trials=trials, latency_seconds=latency)
        )

    def left(self) -> tuple[dict[str, Any], int | None]:
        return {}, None

    def count(self) -> Any:
        raise Failure("unsupported", "")

    def functions(self, used: Any) -> Any:
        raise Failure("unsupported", "")

    def seen(self, kind: Any, seconds: float) -> Any:
        raise Failure("unsupported", "")

    def stop(self) -> None: ...

    def left_behind(self) -> list[Any]:
        return []


class Kept(list[Line]):
    """Where lines go."""


def searched(law: Law, grid: Grid = GRID, interrupted: bool = False, **changes: Any) -> tuple[Record, Simulated]:
    """The record of a search, and what it looked at."""
    made, lines, ground = plan(grid, **changes), Kept(), Simulated(law)
    groups = {(p, c): group(p, c) for p in grid.processes for c in grid.connections}
    search = Search(made, lines, api.silent, ground, grid, groups)
    search.run()
    lines.append(search.end(interrupted))
    return record_of(msgspec.structs.replace(header(), plan=made), lines), ground


def advised(law: Law, grid: Grid = GRID, interrupted: bool = False, **changes: Any) -> Advice:
    """The answer of a search."""
    return answer(searched(law, grid, interrupted, **changes)[0], grid, [], [])
