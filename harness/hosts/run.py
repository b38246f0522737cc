"""Measures a plan on several hosts: its blocks are placed from here, one in flight on each host, and stored here.

A block is accepted once, whole or not at all. One that was in flight on a host that has gone is measured again."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator

import msgspec

from harness.hosts.client import Joined
from harness.hosts.crew import STRIKES, Came, Crew, Event, Left, Said
from harness.hosts.gather import PATIENCE, TICK, Gathered
from harness.hosts.kinds import kind, unlike
from harness.hosts.messages import Busy, Measure, Measured, Unable
from harness.hosts.places import Places
from harness.machine.lock import BusyError
from harness.measure.standing import Enough, Sink, Standing
from harness.measure.unit import Unit
from harness.record.plan import Plan
from harness.record.sample import End, Line, Loss, Record, Role, Site, evened

BUSY_SECONDS = 1.0
"""Seconds after which a busy host is asked again."""
FIRST_BLOCK, SLOWER, SPARE = 3600.0, 10.0, 60.0
"""Seconds that a group's first block may take; later ones so many times the longest, and so many seconds more."""


class OnHosts(Standing):
    """One run of a plan, on hosts."""

    def __init__(
        self, plan: Plan, sink: Sink, tell: Callable[[str], None], crew: Crew, gathered: Gathered, paths: list[str], *,
        enough: Enough | None = None, resumed: Record | None = None, wait: bool | float = False, mixed: bool = False,
        patience: float = PATIENCE, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`mixed`: whether hosts of several kinds are pooled; `wait`: for ever, or so many seconds, where all are
        busy."""
        super().__init__(msgspec.structs.replace(plan, settle=False), sink, tell, enough)
        self._crew, self._gathered, self._paths, self._mixed, self._clock = crew, gathered, paths, mixed, clock
        self._wait, self._patience = wait, patience
        self._places = Places(len(plan.groups))
        self._sites: dict[str, Site] = {}
        """By their identity."""
        self._of: dict[str, Site] = {}
        """By the names of hosts that are here."""
        self._beside: dict[str, list[Site]] = {}
        """Those that have a part in a host's blocks, by its name."""
        self._flying: dict[str, tuple[Unit, float]] = {}
        self._busy: dict[str, tuple[float, str]] = {}
        self._strikes: Counter[str] = Counter()
        self._out: dict[str, str] = {}
        self._enough_now = False
        self._cut_short: str | None = None
        self._alone_since: float | None = None
        self._waits_since: float | None = None
        if resumed:
            self._go_on(resumed)
            self._sites = {site.identity: site for site in resumed.sites}
            for one in resumed.every:
                self._places.accept(one.group, one.block, one.site)
            self._advance()

    def run(self) -> None:
        """Measure until there is enough, the time is up, or no host is left. Raises StoreError, BusyError where another
        run measures on each of them."""
        for host, reason in self._gathered.out.items():
            self._leave_out(host, reason)
        for came in self._gathered.came:
            self._join(came)
        while not self._cut_short:
            self._place()
            if not self._flying and not self._is_due():
                return
            if event := self._crew.next(TICK):
                self._take(event)
            else:
                self._look_round()

    def end(self, interrupted: bool = False) -> End:
        """How the run ended, for the record. What its seconds went into, each host would say otherwise."""
        said = super().end(interrupted)
        status = "partial" if self._cut_short and not interrupted else said.status
        seconds = {"all": said.seconds["all"]}
        return msgspec.structs.replace(said, status=status, seconds=seconds, cut_short=self._cut_short)

    def _take(self, event: Event) -> None:
        """Do what an event asks for."""
        if isinstance(event, Came):
            self._join(event)
        elif isinstance(event, Left):
            self._lose(event.host, event.reason)
            self._of.pop(event.host, None)
            if event.out:
                self._leave_out(event.host, event.reason)
        else:
            self._answered(event)

    def _join(self, event: Came) -> None:
        """Have a host take part, which is no second worker of one that does, and of their kind."""
        greeting = event.joined.greeting
        if twin := next((name for name, site in self._of.items() if site.identity == greeting.identity), None):
            return self._refuse(event.host, f"it is the same machine as {twin}, and one of them is used")
        first = next(iter(self._sites.values()), None)
        if first and not self._mixed and kind(first.facts) != kind(greeting.facts):
            return self._refuse(event.host, unlike(greeting.facts, first.facts))
        others = event.joined.others
        self._of[event.host] = self._site(event.host, event.joined, "server" if others else None)
        self._beside[event.host] = [self._site(one.name, one, "generator") for one in others]
        return None

    def _site(self, name: str, joined: Joined, role: Role | None) -> Site:
        """A host as the record knows it, which it does from now on."""
        greeting = joined.greeting
        site = self._sites.get(greeting.identity)
        if site is None:
            site = Site(len(self._sites), name, greeting.identity, greeting.facts, joined.offset, role)
            self._sites[greeting.identity] = site
            self._sink.append(site)
        return site

    def _refuse(self, host: str, reason: str) -> None:
        self._crew.leave(host)
        self._leave_out(host, reason)

    def _leave_out(self, host: str, reason: str) -> None:
        if self._out.get(host) != reason:
            self._out[host] = reason
            self._sink.append(Loss(host, reason))
            self._tell(f"{host} is left out: {reason}")

    def _lose(self, host: str, reason: str) -> None:
        """Have the block that was in flight on a host measured elsewhere."""
        if flown := self._flying.pop(host, None):
            unit = flown[0]
            self._places.again(unit.group, unit.block)
            self._sink.append(Loss(host, reason, unit.group, unit.block))

    def _answered(self, event: Said) -> None:
        if event.host not in self._flying:  # given up before
            return
        unit, began = self._flying[event.host]
        answer = event.answer
        if isinstance(answer, Measured) and self._is_of(answer, unit):
            del self._flying[event.host]
            self._strikes[event.host] = 0
            self._accept(answer, unit, event.host, self._clock() - began)
        elif isinstance(answer, Busy):
            del self._flying[event.host]
            self._places.again(unit.group, unit.block)
            self._busy[event.host] = self._clock() + BUSY_SECONDS, answer.reason
            self._tell(f"{event.host}: {answer.reason}: waiting")
        else:
            self._strike(event.host, answer.reason if isinstance(answer, Unable) else "its answer was of another block")

    def _is_of(self, answer: Measured, unit: Unit) -> bool:
        """Whether an answer is of what was asked."""
        strategies = len(self._plan.strategies)
        return all(
            (one.group, one.block) == (unit.group, unit.block) and one.strategy < strategies for one in answer.samples
        ) and bool(answer.samples)

    def _strike(self, host: str, reason: str) -> None:
        """Count a failure of a host, which is out with the third in a row."""
        self._lose(host, reason)
        self._strikes[host] += 1
        if self._strikes[host] >= STRIKES:
            self._of.pop(host, None)
            self._refuse(host, f"{STRIKES} failures in a row, the last: {reason}")

    def _accept(self, answer: Measured, unit: Unit, host: str, seconds: float) -> None:
        """Store a block, all of it at once, and see whether there are enough now."""
        site = self._of[host]
        if not self._places.accept(unit.group, unit.block, site.number, seconds):
            return
        self._waits_since = None
        places = zip([site, *self._beside[host]], [answer.mark, *answer.beside], strict=True)
        marks = [
            msgspec.structs.replace(mark, block=unit.block, group=unit.group, site=one.number) for one, mark in places
        ]
        samples = [self._counted(msgspec.structs.replace(one, site=site.number)) for one in answer.samples]
        lines: list[Line] = [*marks, *samples]
        self._sink.extend(lines)
        self._left_behind += answer.left_behind
        self._advance()

    def _advance(self) -> None:
        """Count the blocks that are in of all groups, without a gap; look after each, at those alone."""
        while self._places.has(self.blocks, self._groups(self.blocks)):
            self.blocks += 1
            if self._enough and not self._enough_now:
                seen = evened([one for one in self._samples if one.block < self.blocks])[0]
                self._enough_now = self._looked(self._enough, seen, max(1, len(self._of)))

    def _groups(self, block: int) -> list[int]:
        """The groups of which there is something to measure in a block."""
        if block >= self._schedule.most:
            return []
        return [group for group in self._schedule.rows if self._unit(block, group).rows]

    def _is_due(self) -> bool:
        """Whether there is a block that a host has time for; where none is here, that one might."""
        return any(self._next(host) for host in self._of) if self._of else self._next(None) is not None

    def _next(self, host: str | None) -> tuple[int, int] | None:
        """The next block for a host, by its group and number; None where there is none, or no time for it."""
        if self._enough_now:
            return None
        most = self._plan.max_time
        takes = self._places.longest(self._of[host].number if host else None)
        if most is not None and takes is not None and self.ledger.elapsed() + takes > most:
            return None
        site = self._of[host].number if host else None
        here = [one for one in self._of if self._busy_until(one)[0] <= self._clock()]
        return self._places.next(self._groups(0), self._schedule.most, site, len(here))

    def _place(self) -> None:
        """Send each free host a block."""
        for host in list(self._of):
            if host in self._flying or self._busy_until(host)[0] > self._clock():
                continue
            if place := self._next(host):
                self._busy.pop(host, None)
                self._send(host, *place)

    def _send(self, host: str, group: int, block: int) -> None:
        unit = self._unit(block, group)
        self._places.fly(group, block, self._of[host].number)
        self._flying[host] = unit, self._clock()
        longest = self._places.longest_of(group)
        limit = FIRST_BLOCK if longest is None else SLOWER * longest + SPARE
        self._tell("; ".join(self._titles()))
        self._crew.send(host, Measure(self._plan, unit, self._paths, self.ledger.elapsed()), limit)

    def _titles(self) -> Iterator[str]:
        for host, (unit, _) in self._flying.items():
            yield f"{host}: {self._title(unit.block, unit.group)}"

    def _look_round(self) -> None:
        """See whether to go on: end where no host is left, or all are busy and nobody waits for that any longer."""
        now = self._clock()
        if self._of and not self._flying and all(until > now for until, _ in map(self._busy_until, self._of)):
            self._waits_since = now if self._waits_since is None else self._waits_since
            wait = max(float(self._wait), self._patience if self.blocks else 0.0)
            if self._wait is not True and now - self._waits_since >= wait:
                host, (_, reason) = next(iter(self._busy.items()))
                raise BusyError(f"{host}: {reason}; --wait SECONDS waits for its end")
        if not self._of and not self._crew.names() and (not self._crew.grows or self._is_alone_too_long()):
            host, reason = next(reversed(self._out.items()), ("the last one", "it left"))
            self._cut_short = f"no host is left ({host}: {reason})"

    def _busy_until(self, host: str) -> tuple[float, str]:
        return self._busy.get(host, (0.0, ""))

    def _is_alone_too_long(self) -> bool:
        """Whether no host has been there for as long as is waited for one."""
        now = self._clock()
        if self._of or self._crew.names():
            self._alone_since = None
            return False
        self._alone_since = now if self._alone_since is None else self._alone_since
        return now - self._alone_since >= self._patience
