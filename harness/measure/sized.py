"""Rounds of any size in workers that are kept for them, one to a strategy: what is seen of them is no sample."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterable, Iterator, Sequence

from harness.measure.cell import Place
from harness.measure.processes import Executor
from harness.measure.tasks import TaskDriver
from harness.process.channel import Failure
from harness.record.plan import Plan
from harness.record.sample import Round

Rounds = dict[str, Round]
STEP, MORE = 0.05, 0.3
"""Seconds between two looks at who is done, and those that the others have in any case when one is."""


class Sized:
    """The workers of a plan's first group. One that fails answers no more: `lost` says why."""

    def __init__(self, drivers: dict[str, TaskDriver], lost: dict[str, Failure]) -> None:
        self._drivers, self.lost = drivers, lost

    @property
    def names(self) -> list[str]:
        """The strategies whose workers answer."""
        return [name for name in self._drivers if name not in self.lost]

    def rounds(
        self, names: Iterable[str], tasks: int, concurrency: int, seconds: float, patience: float = math.inf
    ) -> Rounds:
        """A round of so many tasks under each of some strategies at the same time; none may take longer than so many
        seconds, nor so many times as long as the quickest (`patience`)."""
        asked = [name for name in names if name not in self.lost and self._tried(name, tasks, concurrency)]
        began = time.monotonic()
        found = self._quickest(asked, began + seconds) if patience < math.inf else {}
        if found:
            seconds = min(seconds, patience * (time.monotonic() - began) + MORE)
        rest = [name for name in asked if name not in found and name not in self.lost]
        return found | self._ended(rest, began + seconds)

    def _quickest(self, names: Sequence[str], until: float) -> Rounds:
        """The round of who is done first, if anybody is until then. Who fails before that was not quick."""
        found, waiting = Rounds(), list(names)
        while waiting and not found and time.monotonic() < until:
            step = STEP / len(waiting)
            if ended := next((name for name in waiting if self._drivers[name].has_ended(step)), None):
                found = self._ended([ended], until)
                waiting.remove(ended)
        return found

    def _ended(self, names: Iterable[str], until: float) -> Rounds:
        """The rounds of those that are done until then; the others are lost."""
        found = Rounds()
        for name in names:
            try:
                found[name] = self._drivers[name].sized_ended(max(STEP, until - time.monotonic()))
            except Failure as failure:
                self.lost[name] = failure
        return found

    def _tried(self, name: str, tasks: int, concurrency: int) -> bool:
        try:
            self._drivers[name].begin_sized(tasks, concurrency)
        except Failure as failure:
            self.lost[name] = failure
        return name not in self.lost


@contextlib.contextmanager
def sized(plan: Plan, executor: Executor) -> Iterator[Sized]:
    """Start a worker for each strategy of a plan, and whatever is at their other end. Raises Failure where that cannot
    be started."""
    drivers: dict[str, TaskDriver] = {}
    lost: dict[str, Failure] = {}
    try:
        with executor.block(plan.groups[0], ()) as start, contextlib.ExitStack() as stack:
            for place, strategy in enumerate(plan.strategies):
                with _kept(lost, strategy.name):
                    driver = start(Place(0, place, 0))
                    assert isinstance(driver, TaskDriver)
                    stack.callback(driver.stop)
                    drivers[strategy.name] = driver
                    driver.begin(())
            for name in drivers.keys() - lost.keys():
                with _kept(lost, name):
                    drivers[name].ready()
            yield Sized(drivers, lost)
            for name in drivers.keys() - lost.keys():
                with contextlib.suppress(Failure):  # what closing says is no part of any round
                    drivers[name].left()
    finally:
        executor.sweep()


@contextlib.contextmanager
def _kept(lost: dict[str, Failure], name: str) -> Iterator[None]:
    try:
        yield
    except Failure as failure:
        lost[name] = failure
