"""Who kept the GIL while it waited: code in C that lets no other thread run Python, and computes nothing meanwhile.

No thread tells of anything then, and one that looks comes late: it was woken once in each switch interval to ask for
the GIL (of a machine that is busy or stands still it would not have been). The GIL was the thread's of which something
was told last."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from types import CodeType
from typing import TYPE_CHECKING, NamedTuple

from harness.worker.why.clocks import Preemption, is_woken, now, process_time
from harness.worker.why.sampler import EVERY

if TYPE_CHECKING:
    from harness.worker.why.lane import Lane

LATE, SILENT = 0.01, 0.002
"""Seconds of a wait for the GIL that are worth noting (two switch intervals); of a silence."""
BUSY, MOST = 0.7, 10_000
"""The share of a wait, or of a silence, in which this process computed, or stood in line for a core, at most; how many
silences, looks and waits are kept."""


Line = tuple[CodeType, int]


class Silence(NamedTuple):
    """When no thread told of anything, and where the one that was heard of last had called what takes so long."""

    began: float
    ended: float
    line: Line | None


class Reading(NamedTuple):
    """What the thread that looks knows of itself, and how often it was woken since it last read that."""

    moment: float
    cpu: float
    woken: int


class Gil:
    """What those tell of it that had it, and the one that could not."""

    def __init__(self) -> None:
        self._told = self._ended = now()
        self._by: Lane | None = None
        self.lanes: list[Lane] = []
        """Those that tell."""
        self._own: Preemption | None = None
        self._read = Reading(self._told, process_time(), 0)
        self._silences: list[Silence] = []
        self._looks: list[float] = []
        self._denied: list[tuple[float, float]] = []

    def tells(self, lane: Lane, moment: float) -> None:
        """Something is told of a thread: it has the GIL."""
        began, by = self._told, self._by
        self._told, self._by = moment, lane  # first: to ask may let another thread go on
        silent = moment - began
        if silent > SILENT and by and by.is_aside and len(self._silences) < MOST:
            # One that was woken waited itself: another had it, which went on without an event.
            place = None if by is lane and is_woken(lane.woken(), silent) else by.calling()
            if self._is_idle(by, silent):  # last: it lets go of the GIL
                self._silences.append(Silence(began, moment, place and place[:2]))

    def _is_idle(self, by: Lane, silent: float) -> bool:
        """Whether nobody computed, nor was in line for a core with the GIL, as far as all tell of themselves."""
        if any(one.left_alone for one in self.lanes):
            return False
        return sum(one.computed() or 0.0 for one in self.lanes) + by.in_line() < BUSY * silent

    def looks(self, moment: float) -> bool:
        """Called every 20 ms at that moment, by one and the same thread, which is new: whether it comes late, for
        whatever reason."""
        self._own = self._own or Preemption(new=True)
        late = moment - self._ended - EVERY
        if late < SILENT and len(self._looks) < MOST:
            self._looks.append(moment)
        self._reads(self._own, now(), EVERY)  # to make that may take as long
        return bool(late > LATE)

    def looked(self) -> None:
        """It has looked, and may have lost the GIL over that."""
        self._ended = now()
        if self._own:
            self._reads(self._own, self._ended, 0.0)

    def _reads(self, own: Preemption, moment: float, due: float) -> None:
        """See whether the thread that looks waited for the GIL until this moment, but for what was `due`."""
        was, self._read = self._read, Reading(moment, process_time(), own.woken())
        late, computed = moment - was.moment - due, self._read.cpu - was.cpu
        waited = late > LATE and is_woken(self._read.woken, late)
        if waited and len(self._denied) < MOST and computed + own.ready(late) < BUSY * late:
            self._denied.append((was.moment + due, moment))

    def held(self) -> dict[Line, float]:
        """Seconds for which each line, in a thread that no loop runs in, kept it and waited: of a line that was caught
        once, each silence in which no look was in time. (A thread that goes on without an event, after another was
        heard of, is not known, only that it is not the other: such seconds are shared by all lines that are.)"""
        silences = [(one, self._was_denied(one)) for one in list(self._silences)]
        lines = {one.line for one, caught in silences if caught and one.line}
        found: Counter[Line | None] = Counter()
        for one, caught in silences:
            if caught or (one.line in lines and not self._was_seen(one)):
                found[one.line] += one.ended - one.began  # type: ignore[assignment]
        total, _ = found.total(), found.pop(None, 0.0)
        return {line: seconds * total / found.total() for line, seconds in found.items() if line}

    def _was_denied(self, one: Silence) -> bool:
        first = max(0, bisect(self._denied, (one.began,)) - 1)
        some = self._denied[first : bisect(self._denied, (one.ended,))]  # in their order: asked each half second
        both = (min(one.ended, until) - max(one.began, since) for since, until in some)
        return any(seconds > (one.ended - one.began) / 2 for seconds in both)

    def _was_seen(self, one: Silence) -> bool:
        at = bisect(self._looks, one.began)
        return at < len(self._looks) and self._looks[at] < one.ended
