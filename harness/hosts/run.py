"""Measures a plan on several hosts: its blocks are placed from here, one in flight on each host, and stored here."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from harness.hosts.fleet import Fleet
from harness.hosts.messages import Measured
from harness.hosts.places import Place, Places
from harness.measure.across import Piece
from harness.measure.standing import Enough, Sink, Standing
from harness.measure.unit import Unit
from harness.record.plan import Plan
from harness.record.sample import End, Line, Record, evened


class OnHosts(Standing):
    """One run of a plan, on hosts."""

    def __init__(
        self, plan: Plan, sink: Sink, tell: Callable[[str], None], fleet: Fleet, enough: Enough | None = None,
        resumed: Record | None = None,
    ) -> None:  # fmt: skip
        """`resumed`: what was measured of the plan before, which this goes on with."""
        super().__init__(msgspec.structs.replace(plan, settle=False), sink, tell, enough)
        self._fleet = fleet
        self._places = Places(len(plan.groups))
        self._enough_now = False
        if resumed:
            self._go_on(resumed)
            fleet.knows(resumed.sites)
            for one in resumed.every:
                self._places.accept(one.group, one.block, one.site)
            self._advance()

    @property
    def plan(self) -> Plan:
        """What blocks are of."""
        return self._plan

    def run(self) -> None:
        """Measure until there is enough, the time is up, or no host is left. Raises StoreError, BusyError where another
        run measures on each of them."""
        self._fleet.run(self)

    def end(self, interrupted: bool = False) -> End:
        """How the run ended, for the record. What its seconds went into, each host would say otherwise."""
        said, cut_short = super().end(interrupted), self._fleet.cut_short
        status = "partial" if cut_short and not interrupted else said.status
        seconds = {"all": said.seconds["all"]}
        return msgspec.structs.replace(said, status=status, seconds=seconds, cut_short=cut_short)

    def is_due(self, site: int | None, hosts: int) -> bool:
        """Whether there is a block that a host has time for."""
        return self._next(site, hosts) is not None

    def begin(self, site: int, hosts: int) -> Unit | None:
        """Give a host its next block."""
        if (place := self._next(site, hosts)) is None:
            return None
        group, block = place
        self._places.fly(group, block)
        return self._unit(block, group)

    def again(self, piece: Piece) -> None:
        """Have a block measured again."""
        self._places.again(piece.group, piece.block)

    def accept(self, piece: Piece, answer: Measured, seconds: float) -> None:
        """Store a block, all of it at once, and see whether there are enough now. Raises StoreError."""
        self._places.accept(piece.group, piece.block, answer.mark.site, seconds)
        mark = msgspec.structs.replace(answer.mark, samples=len(answer.samples))
        lines: list[Line] = [mark, *answer.beside, *map(self._counted, answer.samples)]
        self._sink.extend(lines)
        self._left_behind += answer.left_behind
        self._advance()

    def takes(self, piece: Piece) -> float | None:
        """Seconds that the longest block of its group took."""
        return self._places.longest_of(piece.group)

    def title(self, piece: Piece) -> str:
        """What is measured, and the time that is left."""
        return self._where(piece.block, piece.group)

    def _advance(self) -> None:
        """Count the blocks that are in of all groups, without a gap; look after each, at those alone. What was in
        flight meanwhile is looked at too: if it is not enough any more, the run goes on."""
        while self._places.has(self.blocks, self._groups(self.blocks)):
            self.blocks += 1
            if self._enough:
                seen = evened([one for one in self._samples if one.block < self.blocks])[0]
                self._enough_now = self._looked(self._enough, seen, max(1, self._fleet.hosts))

    def _groups(self, block: int) -> list[int]:
        """The groups of which there is something to measure in a block."""
        if block >= self._schedule.most:
            return []
        return [group for group in self._schedule.rows if self._unit(block, group).rows]

    def _next(self, site: int | None, hosts: int) -> Place | None:
        """The next block for a host, by its group and number; None where there is none, or no time for it."""
        if self._enough_now:
            return None
        most, takes = self._plan.max_time, self._places.longest(site)
        if most is not None and takes is not None and self.ledger.elapsed() + takes > most:
            return None
        return self._places.next(self._groups(0), self._schedule.most, site, hosts)
