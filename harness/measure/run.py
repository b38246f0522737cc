"""Runs a plan: block after block until there are enough, each sample stored at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from harness.machine.host import Mark
from harness.measure import resume
from harness.measure.pilot import piloted
from harness.measure.processes import Executor
from harness.measure.standing import Enough, Sink, Standing
from harness.measure.unit import Unit, measure
from harness.record.plan import Plan
from harness.record.sample import Cut, End, Record, Sample


class Measuring(Protocol):
    """What measures a plan."""

    def run(self) -> None:
        """Measure until there is enough, or the time is up. Raises StoreError."""

    def end(self, interrupted: bool = False) -> End:
        """How it ended, for the record."""


class Measurement(Standing):
    """One run of a plan, on this machine."""

    def __init__(
        self, plan: Plan, sink: Sink, tell: Callable[[str], None], executor: Executor, enough: Enough | None = None,
        resumed: Record | None = None,
    ) -> None:  # fmt: skip
        """`resumed`: what was measured of the plan before, which this goes on with."""
        super().__init__(plan, sink, tell, enough)
        self._executor = executor
        self._measured: frozenset[int] = frozenset()
        if resumed:
            self._resume(resumed)

    def _resume(self, record: Record) -> None:
        self._go_on(record)
        self.blocks, self._measured = resume.so_far(record)
        for cut in record.cuts:
            self._plan = msgspec.structs.replace(self._plan, rounds=cut.rounds or self._plan.rounds)
        for block in range(self.blocks + 1):
            for took in resume.took(record, block):
                self._schedule.took(*took)
            if self._plan.settle:
                self._schedule.settle([one for one in self._samples if one.block <= block])

    def run(self) -> None:
        """Measure block after block until there are enough, or the time is up. Raises StoreError."""
        mark = Mark()
        if not self._samples:
            self._refuse()
        while due := self._schedule.due(self.ledger.elapsed()):
            self._sink.append(mark.take(self.blocks, self.ledger.elapsed()))
            for group in (one for one in due if one not in self._measured):
                began, seen = self.ledger.elapsed(), len(self._samples)
                if (unit := self._unit(self.blocks, group)).rows:
                    self._block(unit)
                self._schedule.took(group, self.ledger.elapsed() - began, len(self._samples) - seen)
            self.blocks, self._measured = self.blocks + 1, frozenset()
            if self._plan.settle:
                self._settle()
            if self._enough and self._looked(self._enough, self._samples):
                break
        self.blocks += bool(self._measured)  # the last block was cut off, and there is no other
        lacking = {str(group): it.blocks for group, it in self._schedule.ahead().items() if it.blocks}
        if lacking and self._plan.settle:
            self._sink.append(Cut(self.blocks, self._schedule.wanted(self.ledger.elapsed()), groups=lacking))
        self._sink.append(mark.take(self.blocks, self.ledger.elapsed()))

    def _refuse(self) -> None:
        """Keep a sample of each cell that cannot hold its tasks, with the reason."""
        with self.ledger.spend("starts"):
            for group in range(len(self._plan.groups)):
                piloted(self._plan, self._unit(0, group), self._executor, self._keep, self._tell)

    def _settle(self) -> None:
        """Have those cells stop of which few blocks have said all; where the rest has no time, have fewer rounds."""
        self._schedule.settle(self._samples)
        wanted = self._schedule.wanted(self.ledger.elapsed())
        if self._plan.rounds is None and self._plan.max_time and wanted > self._plan.max_time:
            self._sink.append(Cut(self.blocks, wanted, rounds=1))
            self._plan = msgspec.structs.replace(self._plan, rounds=1)

    def _block(self, unit: Unit) -> None:
        tell = self._titled(self._title(unit.block, unit.group))
        try:
            measure(self._plan, unit, self._executor, self._keep, self.ledger, tell)
        finally:
            self._left_behind += self._executor.sweep()

    def _titled(self, title: str) -> Callable[[str], None]:
        return lambda text: self._tell(f"{title}: {text}")

    def _keep(self, sample: Sample) -> None:
        self._sink.append(self._counted(sample))
