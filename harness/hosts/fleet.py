"""The hosts of a run at work: each has one block in flight, which is measured again where its host is lost.

What there is to measure, and whether it is enough, the work says; a block is accepted once, whole or not at all."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from harness.hosts.client import Joined
from harness.hosts.crew import BUSY_SECONDS, STRIKES, Came, Crew, Event, Left, Said, Waits
from harness.hosts.gather import PATIENCE, TICK, Gathered
from harness.hosts.kinds import kind, unlike
from harness.hosts.messages import Busy, Measure, Measured, Unable
from harness.machine.lock import BusyError
from harness.measure.across import Piece
from harness.measure.cell import Place
from harness.measure.ledger import Ledger
from harness.measure.standing import Sink
from harness.record.checked import encoded, fault_of_samples
from harness.record.lines import ImpossibleError
from harness.record.plan import Plan
from harness.record.sample import Line, Loss, Role, Site

FIRST_BLOCK, SLOWER, SPARE = 3600.0, 10.0, 60.0
"""Seconds that a block may take of which nothing is known; others so many times what they should, and so many more."""
BACK = "it is back"


class Work(Protocol):
    """What there is to measure."""

    ledger: Ledger

    @property
    def plan(self) -> Plan:
        """What pieces are of."""

    def is_due(self, site: int | None, hosts: int) -> bool:
        """Whether there is something for a host to measure, where so many are free to; where none is here (None), for
        one that might be."""

    def begin(self, site: int, hosts: int) -> Piece | None:
        """Give a host what it is to measure next, if there is something."""

    def again(self, piece: Piece) -> None:
        """Have a piece measured again, which was lost."""

    def accept(self, piece: Piece, answer: Measured, seconds: float) -> None:
        """Store a piece, all of it at once: it took so long. Raises StoreError."""

    def takes(self, piece: Piece) -> float | None:
        """Seconds that a piece should take; None where nobody knows."""

    def title(self, piece: Piece) -> str:
        """What is measured."""


class Fleet:
    """The hosts of one run."""

    def __init__(
        self, crew: Crew, gathered: Gathered, paths: list[str], sink: Sink, tell: Callable[[str], None], *,
        wait: bool | float = False, mixed: bool = False, patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`paths`: where we import from; `mixed`: whether hosts of several kinds are pooled; `wait`: for ever, or so
        many seconds, where all are busy."""
        self._crew, self._gathered, self._paths, self._sink, self._tell = crew, gathered, paths, sink, tell
        self._wait, self._mixed, self._patience, self._clock = wait, mixed, patience, clock
        self._sites: dict[str, Site] = {}
        """By their identity."""
        self._of: dict[str, Site] = {}
        """By the names of hosts that are here."""
        self._beside: dict[str, list[Site]] = {}
        """Those that have a part in a host's blocks, by its name."""
        self._flying: dict[str, tuple[Piece, float]] = {}
        self._busy: dict[str, tuple[float, str]] = {}
        """Hosts that have something else to do: when they are asked again, and why. Until they have measured."""
        self._strikes: Counter[str] = Counter()
        self._ran: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
        """Of each row (group and strategy) the numbers of the hosts on which it did not fail when it last was there."""
        self._doubted: str | None = None
        """The host to blame for a row that failed, until another has answered: it may fail there, too."""
        self._out: dict[str, str] = {}
        self.cut_short: str | None = None
        """Why it ended before the work was done."""
        self._has_measured = False
        self._alone_since: float | None = None
        self._waits_since: float | None = None

    @property
    def hosts(self) -> int:
        """How many are here."""
        return len(self._of)

    def knows(self, sites: Sequence[Site]) -> None:
        """Have hosts that a record knows keep their numbers."""
        self._sites = {site.identity: site for site in sites}

    def run(self, work: Work) -> None:
        """Measure until nothing is due, or no host is left. Raises StoreError, BusyError where each of them has
        something else to do."""
        for host, reason in self._gathered.out.items():
            self._leave_out(host, reason)
        for host, reason in self._gathered.kept.items():
            self._is_kept(host, reason)
        for came in self._gathered.came:
            self._join(came)
        while not self.cut_short:
            if not (is_waited_out := self._is_waited_out()):
                self._place(work)
            if not self._flying and not self._is_due(work):
                for host in self._busy.keys() - self._of.keys():
                    self._leave_out(host, self._busy[host][1])
                return
            if is_waited_out and not self._flying:
                host, (_, reason) = next(iter(self._busy.items()))
                raise BusyError(f"{host}: {reason}")
            if event := self._crew.next(TICK):
                self._take(event, work)
            else:
                self._look_round()

    def _take(self, event: Event, work: Work) -> None:
        """Do what an event asks for."""
        if isinstance(event, Came):
            self._join(event)
        elif isinstance(event, Left):
            self._lose(event.host, event.reason, work)
            self._of.pop(event.host, None)
            self._busy.pop(event.host, None)
            if event.out:
                self._leave_out(event.host, event.reason)
        elif isinstance(event, Waits):
            self._is_kept(event.host, event.reason)
        else:
            self._answered(event, work)

    def _join(self, event: Came) -> None:
        """Have a host take part, which is no second worker of one that does, and of their kind."""
        greeting = event.joined.greeting
        self._busy.pop(event.host, None)
        if twin := next((name for name, site in self._of.items() if site.identity == greeting.identity), None):
            return self._refuse(event.host, f"it is the same machine as {twin}, and one of them is used")
        first = next(iter(self._sites.values()), None)
        if first and not self._mixed and kind(first.facts) != kind(greeting.facts):
            return self._refuse(event.host, unlike(greeting.facts, first.facts))
        others = event.joined.others
        site = self._of[event.host] = self._site(event.host, event.joined, "server" if others else None)
        for name in dict.fromkeys((event.host, site.name)):
            if self._out.pop(name, None):
                self._tell(f"{name} is back")
                self._sink.append(Loss(name, BACK, is_back=True))
        self._beside[event.host] = [self._site(one.name, one, "generator") for one in others]
        return None

    def _is_kept(self, host: str, reason: str) -> None:
        """Know that a host cannot join before it has done something else."""
        self._busy[host] = float("inf"), reason
        self._tell(f"{host}: {reason}: waiting")

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

    def _lose(self, host: str, reason: str, work: Work) -> None:
        """Have the block that was in flight on a host measured elsewhere."""
        if flown := self._flying.pop(host, None):
            piece = flown[0]
            work.again(piece)
            self._sink.append(Loss(host, reason, piece.group, piece.block))

    def _answered(self, event: Said, work: Work) -> None:
        if event.host not in self._flying:  # given up before
            return
        piece, began = self._flying[event.host]
        sites = [self._of[event.host], *self._beside[event.host]]
        if not isinstance(event.answer, Busy):
            self._busy.pop(event.host, None)
        match event.answer:
            case Measured() as answer:
                if wrong := unusable(answer, piece, work.plan, len(sites)):
                    return self._strike(event.host, wrong, work)
                why = self._blamed(sites[0], answer, work.plan)
                self._doubted = event.host if why else None
                if why:
                    return self._strike(event.host, why, work)
                del self._flying[event.host]
                self._strikes[event.host] = 0
                self._has_measured = True
                work.accept(piece, of_sites(answer, piece, sites), self._clock() - began)
            case Busy(reason):
                del self._flying[event.host]
                work.again(piece)
                self._busy[event.host] = self._clock() + BUSY_SECONDS, reason
                self._tell(f"{event.host}: {reason}: waiting")
            case Unable(reason):
                self._strike(event.host, reason, work)
            case _:
                self._strike(event.host, "it answered something else", work)
        return None

    def _blamed(self, site: Site, answer: Measured, plan: Plan) -> str | None:
        """The row that failed on a host, which is to blame for it where that runs on another that is here; or None."""
        here = {one.number for name, one in self._of.items() if name not in self._busy}
        rows = [one for one in answer.samples if one.arm == "row" and not one.peer_ended]
        for one in rows:
            ran = self._ran[one.group, one.strategy]
            (ran.add if one.status == "ok" else ran.discard)(site.number)
        failed = [one for one in rows if one.status != "ok" and self._ran[one.group, one.strategy] & here]
        return next(
            (f"{plan.strategies[one.strategy].name}, which runs elsewhere: {one.reason}" for one in failed), None
        )

    def _strike(self, host: str, reason: str, work: Work) -> None:
        """Count a failure of a host, which is out with the third in a row."""
        self._lose(host, reason, work)
        self._strikes[host] += 1
        if self._strikes[host] >= STRIKES:
            self._of.pop(host, None)
            self._refuse(host, f"{STRIKES} failures in a row, the last: {reason}")

    def _is_due(self, work: Work) -> bool:
        """Whether there is a block that a host has time for; where none is here, that one might."""
        free = self._free()
        return any(work.is_due(site.number, free) for site in self._of.values()) if self._of else work.is_due(None, 0)

    def _free(self) -> int:
        """How many hosts no other run measures on."""
        return len(self._of) - sum(map(self._is_busy, self._busy.keys() & self._of.keys()))

    def _place(self, work: Work) -> None:
        """Send each free host a block, those that were busy after the others: a group's first goes to one at a time."""
        free = self._free()
        for host, site in sorted(self._of.items(), key=lambda one: self._busy.get(one[0], (0.0,))[0]):
            if host in self._flying or self._is_busy(host) or (self._flying and host == self._doubted):
                continue
            if piece := work.begin(site.number, free):
                self._flying[host] = piece, self._clock()
                takes = work.takes(piece)
                limit = FIRST_BLOCK if takes is None else SLOWER * takes + SPARE
                self._tell(f"{host}: {work.title(piece)}")
                self._crew.send(host, Measure(work.plan, piece, self._paths, work.ledger.elapsed()), limit)

    def _look_round(self) -> None:
        """See whether to go on: end where no host is left."""
        if not self._of and not self._crew.names() and (not self._crew.grows or self._is_alone_too_long()):
            host, reason = next(reversed(self._out.items()), ("the last one", "it left"))
            self.cut_short = f"no host is left ({host}: {reason})"

    def _is_waited_out(self) -> bool:
        """Whether all hosts have been busy for as long as anybody waits: from then on none of them is asked again."""
        here = self._of or self._crew.names()
        if self._wait is True or not here or not all(host in self._busy for host in here):
            self._waits_since = None
            return False
        now = self._clock()
        self._waits_since = now if self._waits_since is None else self._waits_since
        return now - self._waits_since >= max(self._wait, self._patience if self._has_measured else 0.0)

    def _is_busy(self, host: str) -> bool:
        return host in self._busy and self._busy[host][0] > self._clock()

    def _is_alone_too_long(self) -> bool:
        """Whether no host has been there for as long as is waited for one."""
        now = self._clock()
        if self._of or self._crew.names():
            self._alone_since = None
            return False
        self._alone_since = now if self._alone_since is None else self._alone_since
        return now - self._alone_since >= self._patience


def unusable(answer: Measured, piece: Piece, plan: Plan, hosts: int) -> str | None:
    """Why a record cannot have an answer, of so many hosts, as a whole block that it can be read with; or None."""
    samples = answer.samples
    there = {Place(one.group, one.strategy, one.block, one.arm) for one in samples}
    if not all(map(piece.has, samples)) or not there.issuperset(piece.places):
        return "its answer was of another block"
    if len(answer.beside) != hosts - 1:
        return f"its answer was of {len(answer.beside) + 1} hosts in place of {hosts}"
    lines: list[Line] = [answer.mark, *answer.beside, *samples]
    try:
        for line in lines:
            encoded(line)
    except ImpossibleError as error:
        return f"its answer cannot be: {error}"
    wrong = fault_of_samples(samples, plan)
    return f"its answer cannot be: {wrong}" if wrong else None


def of_sites(answer: Measured, piece: Piece, sites: Sequence[Site]) -> Measured:
    """An answer as a record has it, with the numbers of its host and of those that had a part."""
    mark, *beside = (
        msgspec.structs.replace(mark, block=piece.block, group=piece.group, site=site.number)
        for mark, site in zip([answer.mark, *answer.beside], sites, strict=True)
    )
    samples = [msgspec.structs.replace(one, site=sites[0].number) for one in answer.samples]
    return Measured(mark, samples, answer.left_behind, beside)
