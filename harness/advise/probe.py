"""What a job's tasks do: their waiting, their computing, and under which strategies their waits overlap. Measured with
single tasks and with four, in workers that are kept for it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from statistics import median
from typing import Any

import msgspec

from harness.advise.model import blocked
from harness.errors import IncompleteError
from harness.measure.sized import Sized

SINGLES, LEAST_SINGLES = 25, 3
SINGLE_SECONDS = 0.5
"""What single tasks may take in all, once there are a few."""
LONG = 20
"""One that takes longer than such a part of the time is the only one."""
LEAST_WAIT = 5e-5
"""Seconds: what clocks and a scheduler make of a task that does not wait."""
FOUR = 4
SEVERAL_CORES = 1.3
"""Cores that were used at once, from which on tasks compute side by side."""
SOME_CPU = 2e-4
"""Seconds of a task, below which nothing is said of cores."""
ASKED_AGAIN, SHORT_TASK = (2, 6), 0.02
"""How often a strategy that seems blocked is asked again; more often for tasks below so many seconds."""


class Probe(msgspec.Struct, frozen=True):
    """What was seen. Seconds."""

    strategy: str
    """That ran single tasks."""
    singles: int
    waiting_seconds: float
    cpu_seconds: float
    one: dict[str, float] = {}
    four: dict[str, float] = {}
    """By strategy: a round of one task, and of four."""
    blocked: list[str] = []
    """The strategies under which waits do not overlap."""
    cores: dict[str, float] = {}
    """Of those under which tasks compute side by side: how many cores four of them used."""
    own_cores: dict[str, float] = {}
    """The same of those whose own process used several, its children left out."""
    lost: dict[str, str] = {}
    """Strategies that cannot run it, and why."""

    @property
    def seconds(self) -> float:
        """Of a task."""
        return self.waiting_seconds + self.cpu_seconds


class Asking:
    """The least seconds of rounds of one task and of four, by strategy, until there is no time for more."""

    def __init__(self, workers: Sized, seconds: float) -> None:
        self._workers, self._seconds = workers, seconds
        self._end = time.monotonic() + seconds
        self.one: dict[str, float] = {}
        self.four: dict[str, float] = {}
        self.cores: dict[str, float] = {}
        """That four used at once."""
        self.own_cores: dict[str, float] = {}

    def ask(self, names: Iterable[str]) -> None:
        """Some strategies, side by side."""
        wanted = list(names)
        for tasks, least in ((1, self.one), (FOUR, self.four)):
            for name, round in self._workers.rounds(wanted, tasks, tasks, self._seconds).items():
                if round.wall_seconds < least.get(name, math.inf):
                    least[name] = round.wall_seconds
                    self.cores[name] = round.cpu_seconds / round.wall_seconds
                    own = round.cpu_seconds - round.cpu_children_seconds
                    self.own_cores[name] = own / round.wall_seconds

    def alone(self, name: str) -> list[tuple[float, float]]:
        """Single tasks under a strategy, after one that warms up: wall and CPU of each, seconds."""
        took: list[tuple[float, float]] = []
        began = time.monotonic()
        self._workers.rounds([name], 1, 1, self._seconds)
        while len(took) < SINGLES and (len(took) < LEAST_SINGLES or time.monotonic() - began < SINGLE_SECONDS):
            done = self._workers.rounds([name], 1, 1, self._seconds)
            if name not in done:
                return []
            took.append((done[name].wall_seconds, done[name].cpu_seconds))
            if took[-1][0] > self._seconds / LONG:
                break
        return took

    def has(self, seconds: float) -> bool:
        """Whether there is time for so much."""
        return time.monotonic() + seconds < self._end


def probed(workers: Sized, seconds: float, own_cpu: Callable[[str], float], order: Callable[[str], Any]) -> Probe:
    """What a task does, by rounds that take about so long in all. `own_cpu`: what a round of one task uses of a
    processor under a strategy by itself; `order`: which is asked first for single tasks. Raises IncompleteError where
    no strategy can run one."""
    asking = Asking(workers, seconds)
    for name in sorted(workers.names, key=order):
        if singles := asking.alone(name):
            break
        if (failure := workers.lost[name]).status == "timeout":
            raise IncompleteError(f"one task alone did not end under {name}: {failure}; --max-time gives it longer")
    else:
        raise IncompleteError(nothing(workers))
    wall, cpu = (median(column) for column in zip(*singles, strict=True))
    waiting, computing = max(0.0, wall - cpu), max(0.0, cpu - own_cpu(name))
    if waiting < LEAST_WAIT:
        waiting = 0.0

    def seems_blocked(strategy: str) -> bool:
        one, four = min(asking.one.get(strategy, wall), wall), asking.four.get(strategy, 0.0)
        return blocked(one, four, waiting, computing)

    asking.ask(workers.names)
    for _ in range(ASKED_AGAIN[wall < SHORT_TASK]):  # alone: those that were asked together may have held each other up
        for strategy in filter(seems_blocked, workers.names):
            if asking.has(5 * wall):
                asking.ask([strategy])
    four = [name for name in workers.names if name in asking.four]
    cores, own_cores = (
        {name: used[name] for name in four if used[name] > SEVERAL_CORES and computing > SOME_CPU}
        for used in (asking.cores, asking.own_cores)
    )
    return Probe(
        name, len(singles), waiting, computing, asking.one, {name: asking.four[name] for name in four},
        list(filter(seems_blocked, four)), cores, own_cores,
        {name: f"{failure.status}: {failure}" for name, failure in workers.lost.items()},
    )  # fmt: skip


def nothing(workers: Sized) -> str:
    """Why no strategy ran a task, each reason once."""
    reasons: dict[str, list[str]] = {}
    for name, failure in workers.lost.items():
        reasons.setdefault(f"{failure.status}: {failure}", []).append(name)
    said = "; ".join(f"{', '.join(names)}: {why}" for why, names in reasons.items())
    return f"one task alone cannot be run under any strategy: {said}"
