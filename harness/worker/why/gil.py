"""Who kept the GIL while it waited: code in C that lets no other thread run Python, and computes nothing meanwhile.

No thread tells of anything then, and one that looks comes late: it was woken once in each switch interval to ask for
the GIL (of a machine that is busy or stands still it would not have been). The GIL was the thread's of which something
was told last."""

from __future__ import annotations

import sys
from bisect import bisect
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from harness.worker.why.clocks import Preemption, now, process_time
from harness.worker.why.pieces import Place
from harness.worker.why.sampler import EVERY

if TYPE_CHECKING:
    from harness.worker.why.lane import Lane

LATE, SILENT = 0.01, 0.002
"""Seconds of a wait for the GIL that are worth noting (two switch intervals); of a silence."""
WOKEN, BUSY = 0.5, 0.7
"""The share of its switch intervals in which who waits for the GIL is seen to have been woken; the share of a wait, or
of a silence, in which this process computed, or stood in line for a core, at most."""
FEWEST, MOST = 2, 10_000


class Silence(NamedTuple):
    """When no thread told of anything, and where the one that was heard of last had called what takes so long."""

    began: float
    ended: float
    place: Place | None


class Gil:
    """What those tell of it that had it, and the one that could not."""

    def __init__(self) -> None:
        self._told, self._computed = now(), process_time()
        self._looked = self._ended = self._told
        self._by: Lane | None = None
        self.lanes: list[Lane] = []
        """Those that tell."""
        self._own: Preemption | None = None
        self._silences: list[Silence] = []
        self._looks: list[float] = []
        self._denied: list[tuple[float, float]] = []

    def tells(self, lane: Lane, moment: float) -> None:
        """Something is told of a thread: it has the GIL."""
        began, by = self._told, self._by
        self._told, self._by = moment, lane  # first: to ask may let another thread go on
        silent = moment - began
        if silent > SILENT and by and by.is_aside and len(self._silences) < MOST and self._is_idle(silent):
            # One that was woken waited itself: another had it, which went on without an event.
            was_in_line = by is lane and is_woken(lane.woken(), silent)
            self._silences.append(Silence(began, moment, None if was_in_line else by.calling()))

    def _is_idle(self, silent: float) -> bool:
        return sum(one.computed() or 0.0 for one in self.lanes) < BUSY * silent

    def is_late(self, moment: float) -> bool:
        """Whether a look of now comes late, for whatever reason."""
        return bool(moment - self._ended - EVERY > LATE)

    def look(self, moment: float) -> None:
        """Called every 20 ms by one and the same thread, which is new and looked at that moment: see whether it waited
        for the GIL until then."""
        own = self._own = self._own or Preemption(new=True)
        cpu, woken = process_time(), own.woken()
        late, computed = moment - self._looked - EVERY, cpu - self._computed
        waited = late > LATE and is_woken(woken, late)
        if len(self._looks) < MOST:
            self._looks.append(moment)
            if waited and computed < BUSY * late and computed + own.ready(late) < BUSY * late:
                self._denied += [(self._looked, self._ended), (self._ended + EVERY, moment)]
        self._looked, self._ended, self._computed = moment, now(), cpu

    def held(self) -> dict[Place, float]:
        """Seconds for which each line, in a thread that no loop runs in, kept it and waited: of a line that was caught
        once, each silence in which nobody looked. (A thread that goes on without an event, after another was heard of,
        is not known, only that it is not the other: such seconds are shared by all lines that are.)"""
        silences = [(one, self._was_denied(one)) for one in list(self._silences)]
        lines = {one.place for one, caught in silences if caught and one.place}
        found: Counter[Place | None] = Counter()
        for one, caught in silences:
            if caught or (one.place in lines and not self._was_seen(one)):
                found[one.place] += one.ended - one.began  # type: ignore[assignment]
        total, _ = found.total(), found.pop(None, 0.0)
        return {place: seconds * total / found.total() for place, seconds in found.items() if place}

    def _was_denied(self, one: Silence) -> bool:
        first = max(0, bisect(self._denied, (one.began,)) - 1)
        some = self._denied[first : bisect(self._denied, (one.ended,))]  # in their order: asked each half second
        both = (min(one.ended, until) - max(one.began, since) for since, until in some)
        return any(seconds > (one.ended - one.began) / 2 for seconds in both)

    def _was_seen(self, one: Silence) -> bool:
        at = bisect(self._looks, one.began)
        return at < len(self._looks) and self._looks[at] < one.ended


def is_woken(times: int, seconds: float) -> bool:
    """Whether a thread that gave its core away so often in so long waited for the GIL: who has it is not woken."""
    return times >= FEWEST and times > WOKEN * seconds / sys.getswitchinterval()
