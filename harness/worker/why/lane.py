"""One thread's time, charged between events to the user's line that ran and to the function that it had called.

After each event it is known what runs until the next one: a frame, and perhaps a function in C that it has called. What
the events cost themselves is left out: what our own code takes by the clock, what the interpreter takes to call it by
an average that is measured before (`hooks.cost`)."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from harness.worker import stacks
from harness.worker.why.clocks import (
    LONGEST_FOR_GIL,
    Preemption,
    clock,
    cpu_clock,
    get_ident,
    native_id,
    now,
    thread_time,
)
from harness.worker.why.gil import Gil
from harness.worker.why.pieces import Place, Sample, Seen, Step, pieces, places, unlooked
from harness.worker.why.places import At, Whose, is_python, lets_go, loop_line, of_callable, of_code, worked_line
from harness.worker.why.spent import Account, Key, Spent
from harness.worker.why.waited import partial_of

SHORT = 50e-6
"""Seconds of an interval within which nobody waits: its computing is not asked for."""
NOTICEABLE = 200e-6
FRESH, COUNTED = 0.002, 50e-6
"""Seconds after which it is asked again how long the thread stood in line so far, and how often it gave its core away:
what comes is told from that. (The first takes as long as three events, the second a third of one.)"""
MOST_EVENTS, MORE_EVENTS = 5_000, 200
"""Events of a step, from which on the sampler tells the lines for a while; and those until it does so again."""
SLOWER = 1.4
"""Times that a loop in Python takes on CPython 3.11 while it has a profile function; 1.3 to 1.9 were seen."""
LONG, SAMPLED = 0.002, 0.015
"""Seconds of an interval without any event: in which lines may have passed, and in which the sampler has seen them."""
MOST_SAMPLES, LEAST = 10_000, 0.1


class Lane:
    """What a thread did. `threshold`: seconds of computing from which on a step (from one switch to the next) holds up
    the others; None where nobody waits for this thread."""

    def __init__(
        self, whose: Whose, threshold: float | None, cost: float, rivals: Callable[[], bool] = lambda: False,
        pause: Callable[[], None] | None = None, turns: Callable[[], int] = lambda: 0,
        slows: bool = False, gil: Gil | None = None,
    ) -> None:  # fmt: skip
        """`rivals`: whether other threads want the GIL now. `pause` is called where a step makes so many events that
        hearing of them would take longer than what they are of: until events come again, the sampler tells the lines,
        and `turns`, which counts the loop's, whether the step is still the same."""
        self._whose, self._cost, self._rivals = whose, cost, rivals
        self._pause, self._turns = pause, turns
        self.deaf = False
        """Whether what is called now is of this class itself."""
        self._slows, self._still = slows, 0.0
        self._gil = gil or Gil()
        self.looked = self._looked = 0.0
        """Seconds that the sampler has looked, with the GIL, for which code in Python waits."""
        self.account = Account(threshold)
        self.names: dict[CodeType, str] = {}
        self.calls: Counter[tuple[CodeType, int, str]] = Counter()
        self._partials: dict[tuple[CodeType, int], str | None] = {}
        self.yields: Counter[str] = Counter()
        self.busy = self.idle = self.preempted = self.contended = self.collected = self.overhead = 0.0
        self.threads = 0
        """How many it was of, one after another."""
        self.begins()
        self._gil.lanes.append(self)  # last: others ask it at once

    def begins(self) -> None:
        """Go on with the thread that calls this, of which nothing was told yet: threads that have ended give their
        numbers to new ones."""
        self.threads += 1
        self.left_alone = False
        """Whether no event tells of this thread any more: its time is told by samples alone."""
        self._events, self._most = 0, MOST_EVENTS
        self._paused_at: Step | None = None
        self._paused_in: Seen = ()
        self._unheard: tuple[Step, Step | None] | None = None
        """Between which steps no event came: that at its end may be unknown."""
        self._collecting = False
        self.samples: list[Sample] = []
        self._lately: Place | None = None
        self._stacks: dict[int, list[tuple[str, FrameType]]] = {}
        self._stack: list[tuple[str, FrameType]] = []
        self._at: At | None = None
        self._frame: FrameType | None = None
        self._told_at = -1
        self._inside: str | None = None
        self._left: At | None = None
        self._preemption = Preemption()
        self.thread, self.native = get_ident(), native_id()
        self._clock = cpu_clock(self.thread)  # now: who asks of a thread that has ended crashes
        self._asked = 0.0, 0.0
        self._noted = self._counted = 0.0
        self._cpu, self._unread, self._last = thread_time(), 0.0, now()

    def entered(self, frame: FrameType | None) -> None:
        """A function in Python begins or goes on."""
        began = self._charge()
        self._left = None
        self._runs(frame)
        if self._at and self._at.callee is frame and frame is not None:
            self._called(self._named(frame))
        self._done(began)

    def left(self, frame: FrameType, gives_way: bool) -> None:
        """A function in Python ends, or gives way."""
        began = self._charge()
        self._left = self._left or (self._at if gives_way else None)
        self._runs(frame.f_back)
        if self._at is None:
            self._stepped()
        self._done(began)

    def calls_c(self, frame: FrameType, function: Any) -> None:
        """A function in C is called."""
        began = self._charge()
        self._left = None
        name = of_callable(function)
        self._stack.append((name, frame))
        self._runs(frame)
        if self._at and self._at.frame is frame:
            self._called(name)
        self._done(began)

    def c_returns(self, frame: FrameType) -> None:
        """A function in C has returned, or raised."""
        began = self._charge()
        self._left = None
        while self._stack and self._stack[-1][1] is not frame:
            self._stack.pop()
        if self._stack:
            self._stack.pop()
        self._runs(frame)
        self._done(began)

    def turns(self) -> bool:
        """The loop turns: whether that ends a step of which nothing was told lately."""
        if not self._paused_at:
            return False
        self._awake(None)
        began = self._charge()
        self._stepped()
        self._runs(None)
        self._done(began)
        return True

    def switches(self, origin: Any, target: Any, frame: FrameType | None) -> None:
        """Another greenlet goes on, at a frame."""
        if self._paused_at:
            self._awake(None)
        began = self._charge()
        self._left = self._at
        self._stepped()
        if origin.dead:
            self._stacks.pop(id(origin), None)
        self._stack = self._stacks.setdefault(id(target), [])
        self._runs(frame)
        self._done(began)

    def collects(self, phase: str, about: Any) -> None:
        """The garbage collector is about to run, or has (one of `gc.callbacks`): its time is the line's that ran."""
        frame = sys._getframe(1)
        if get_ident() != self.thread or self._whose.looks(frame):
            return
        self.deaf = True
        paused, began = self._paused_at, self._charge()
        self._runs(frame)
        if paused:  # and still is: this is no event
            self._pauses()
        self._collecting = phase != "stop"
        self._done(began)
        self.deaf = False

    def _runs(self, frame: FrameType | None) -> None:
        self._frame, self._told_at = frame, frame.f_lasti if frame else -1
        self._inside = self._stack[-1][0] if self._stack and self._stack[-1][1] is frame else None
        self._at = self._whose.line(frame)

    def _named(self, frame: FrameType) -> str:
        name = self.names.get(frame.f_code)
        if name is None:
            name = self.names[frame.f_code] = of_code(frame)
        return name

    def _called(self, name: str) -> None:
        assert self._at is not None
        self.calls[self._at.frame.f_code, self._at.frame.f_lineno, name] += 1

    def _done(self, began: float) -> None:
        if began > self._noted + FRESH:
            self._preemption.note()
            self._noted = began
        if began > self._counted + COUNTED:
            self._preemption.woken()
            self._counted = began
        ended = now()
        took = ended - began
        if took < SHORT:
            self._unread += took + self._cost
        else:  # others had the core meanwhile, or the GIL
            cpu = thread_time()
            own = min(took, max(0.0, cpu - self._cpu - self._unread))
            if not self.is_aside:
                ready = self._preemption.ready(took - own)
                self.preempted += ready
                self.contended += took - own - ready
            took, self._cpu, self._unread = own, cpu, 0.0
            self._preemption.woken()
            ended = self._counted = now()
        self.overhead += took + self._cost
        self._last = ended
        self._events += 1
        if self._events > self._most and self._at is not None:
            self._most = MORE_EVENTS
            self._rest()

    def _rest(self) -> None:
        if self._pause:
            self._pauses()
            self.left_alone = self.is_aside
            self._pause()

    def is_still(self) -> bool:
        """Whether nothing was told since it was last asked, of code in Python that runs."""
        still, self._still = self._last == self._still and self.in_python(), self._last
        return still

    def runs(self) -> bool:
        """Whether this thread has computed since that was last asked, and not only waited, seen from another one."""
        (moment, cpu), self._asked = self._asked, (now(), clock(self._clock))
        return bool(self._asked[1] - cpu > LEAST * (self._asked[0] - moment))

    def rests(self, frame: FrameType | None) -> None:
        """Nothing is told any more of code at this frame, which made no events."""
        began = self._charge()
        self._runs(frame)
        self._done(began)
        self._pauses()

    def _charge(self) -> float:
        """Charge what has passed since the last event; return when that was."""
        moment: float = now()
        self._gil.tells(self, moment)
        wall = moment - self._last - self._cost
        if self._collecting:
            cpu = thread_time()
            computing = min(max(0.0, wall), max(0.0, cpu - self._cpu - self._unread))
            self._cpu, self._unread = cpu, 0.0
            self.collected += computing
            if self._at is None:
                self.busy += computing
            else:
                self.account.collect(self._key(self._at), computing)
            return moment
        if self._paused_at:
            self._awake(self._step_now())
        if wall < SHORT:
            if wall > 0:
                self._unread += wall
                self._add(wall, 0.0)
            return moment
        cpu = thread_time()
        computing = min(wall, max(0.0, cpu - self._cpu - self._unread))
        self._cpu, self._unread = cpu, 0.0
        waiting, ready = wall - computing, 0.0
        if waiting > NOTICEABLE:
            ready, contended, waiting = self._preemption.of(waiting, self._rivals())
            if self.is_aside:  # whoever is in line for the GIL waits
                contended, waiting = 0.0, contended + waiting
            elif self._inside is None:
                had = self._gil_of_samplers(waiting)
                contended, waiting = contended + had, waiting - had
            self._noted = moment
            self.preempted += ready
            self.contended += contended
        self._looked = self.looked
        self._add(computing, waiting, ready)
        return moment

    def _gil_of_samplers(self, waiting: float) -> float:
        had: float = self.looked - self._looked
        short = waiting < min(2 * had, LONGEST_FOR_GIL)  # others may have had the core of who had the GIL
        return waiting if short else min(waiting, had)

    def _pauses(self) -> None:
        self._paused_at, self._events = self._step_now(), 0
        self._paused_in = (self._place(self._at),) if self._at else ()

    def _step_now(self) -> Step:
        """The step that runs, though no event tells of it."""
        return self._turns(), self._whose.root(sys._getframe())

    def _awake(self, until: Step | None) -> None:
        """Events come again, in this step; None: in the one that was seen last."""
        if self._paused_at is not None:
            self._unheard = self._paused_at, until
        self._paused_at, self._inside = None, None
        self._stack.clear()

    def _add(self, computing: float, waiting: float, ready: float = 0.0) -> None:
        if self._unheard:
            self._add_unheard(computing, waiting, ready)
        elif self._at is None:
            self.busy += computing
            self.idle += waiting
        elif self._inside is None and computing + waiting > LONG:
            samples, ended = self._taken(), self._last + computing + waiting
            if self._slows:
                slower = max(0.0, computing - unlooked(self._last, samples, ended)) * (1 - 1 / SLOWER)
                self.overhead += slower
                computing -= slower
            self._share(self._seen(samples, ended, computing > waiting), computing, waiting, ready)
        else:
            self.account.charge(self._key(self._at), computing, waiting, False, ready)

    def _add_unheard(self, computing: float, waiting: float, ready: float) -> None:
        assert self._unheard is not None
        (since, until), self._unheard = self._unheard, None
        samples, ended = self._taken(), self._last + computing + waiting + ready
        everywhere = places(self._last, samples, ended, self._paused_in) or self._guessed(True)
        found = pieces(self._last, since, samples, ended, until, self._paused_in)
        total = sum(piece.seconds for piece in found)
        for number, piece in enumerate(found):
            if number and piece.step is not None:
                self._stepped()
            part = piece.seconds / total if total else 0.0
            own, waited, stood = (part * seconds for seconds in (computing, waiting, ready))
            self._share(piece.places or everywhere, own, waited, stood, loose=piece.step is None)

    def _share(
        self, lines: Counter[Place | None], computing: float, waiting: float, ready: float, loose: bool = False
    ) -> None:
        total = lines.total()
        for place, weight in lines.items():
            part = weight / total if total else 1 / len(lines)
            if place is None:
                self.busy += part * computing
                self.idle += part * waiting
            else:
                key = Key(*place, None if place[2] else self._partials.get(place[:2]), None)
                self.account.charge(key, part * computing, part * waiting, loose, part * ready)

    def _key(self, at: At) -> Key:
        code, line, frame = at.frame.f_code, at.frame.f_lineno or 0, self._frame
        if at.callee is None or frame is None:
            return Key(code, line, None, self._inside, None)
        self._named(at.callee)
        return Key(code, line, at.callee.f_code, self._inside, (frame.f_code, frame.f_lineno or 0))

    def _taken(self) -> list[Sample]:
        """What the sampler saw since the last event."""
        samples, self.samples = self.samples, []
        since = [one for one in samples if one.moment > self._last]
        self._lately = since[-1].place if since else self._lately
        return since

    def _seen(self, samples: list[Sample], ended: float, computed: bool) -> Counter[Place | None]:
        """The lines that the sampler saw since the last event; None: none of the user's. Where it saw none since (it
        did not get the GIL): where the thread most likely was."""
        return places(self._last, samples, ended) or self._guessed(computed or self.is_aside)

    def _guessed(self, computed: bool) -> Counter[Place | None]:
        at, lately = self._at, self._lately
        if at is None or at.callee:
            return Counter([at and self._place(at)])
        code, line = at.frame.f_code, at.frame.f_lineno or 0
        if lately and lately[0] is code and (lately[1] != line if computed else lately[1] < line):
            return Counter([lately])  # where it is, it has only just come
        if computed and (body := loop_line(code, line)) != line:
            return Counter([(code, body, None)])
        return Counter([self._before(at, sys._getframe())])

    def sample(self, frame: FrameType, moment: float, late: bool = False) -> None:
        """The sampler saw this thread at a frame at that moment (since when the thread may have gone on: then it says
        nothing any more); `late`: it had waited for the GIL."""
        at = self._whose.line(frame)
        if self.samples and self.samples[-1].moment <= self._last:
            self.samples.clear()  # they say nothing any more, and keep frames of what has ended
        if self.left_alone:
            self.passes(at)
        elif len(self.samples) < MOST_SAMPLES:
            step = self._turns(), self._whose.root(frame)
            if at and not at.callee:
                self._partial(at)
            place = at and (self._before(at, frame) if self._is_past(at, frame, late) else self._place(at))
            self.samples.append(Sample(moment, place, step))

    def _is_past(self, at: At, frame: FrameType, late: bool) -> bool:
        """Whether a thread has only just come to where it is seen."""
        if self._inside or not (late or self._whose.looks(frame)):
            return False
        if at.callee is None:
            return True
        is_told = self._at is not None and self._at.frame is at.frame and self._at.callee is at.callee
        return not (is_told or self._paused_at)  # what is called is told of at once

    def _place(self, at: At) -> Place:
        if at.callee:
            self._named(at.callee)
        return at.frame.f_code, at.frame.f_lineno or 0, at.callee and at.callee.f_code

    def passes(self, at: At | None) -> None:
        """Charge what has passed since the last sample to the line that the thread is at; None: to nobody's."""
        self._lately = at and self._place(at)
        self._passed(self._lately)

    def ends(self) -> None:
        """The thread that calls this is over: what passed since it was seen last was of that line."""
        if self.left_alone and native_id() == self.native:
            self._passed(self._lately or next(iter(self._paused_in), None))

    def _passed(self, place: Place | None) -> None:
        try:
            cpu = clock(self._clock)
        except OSError:  # it has just ended
            return
        moment = now()
        wall = moment - self._last
        computing = min(wall, max(0.0, cpu - self._cpu - self._unread))
        self._last, self._cpu, self._unread = moment, cpu, 0.0
        waiting = wall - computing
        ready = self._preemption.ready(waiting) if waiting > NOTICEABLE else 0.0
        self._share(Counter([place]), computing, waiting - ready, ready)

    def _stepped(self) -> None:
        """A step is over: whether it held up the others, and what of the user's gave way."""
        if self._left is not None and self._left.callee is not None:
            self.yields[self._named(self._left.callee)] += 1
        self._left = None
        self._events, self._most = 0, MOST_EVENTS
        self.account.stepped()

    @property
    def is_aside(self) -> bool:
        """Whether no task but its own runs in it."""
        return self.account.threshold is None

    def computed(self) -> float | None:
        """Seconds since something was told of this thread, seen from any; None where it has ended."""
        try:
            return max(0.0, float(clock(self._clock) - self._cpu - self._unread))
        except OSError:
            return None

    def in_line(self) -> float:
        """Seconds for which it stood in line for a core since something was told of it, seen from any."""
        return self._preemption.in_line()

    def woken(self) -> int:
        """How often this thread gave its core away since something was told of it: asked in it."""
        return self._preemption.woken_since()

    def calling(self) -> Place | None:
        """Where this thread has most likely called what keeps the GIL; None: it has called nothing, or what lets go."""
        at, frame = self._at, self._frame
        if at is None or frame is None or not self._whose.has(at.frame) or lets_go(self._inside):
            return None
        if frame.f_lasti == self._told_at and not self._inside:
            return None
        line = self._worked(frame, None, stacks.of_threads().get(self.thread))
        if at.callee or self._inside:
            return self._place(at) if line or self._inside else None
        return (at.frame.f_code, line, None) if line else None

    def _partial(self, at: At) -> None:
        """Know which function in C a line calls by a partial: no event tells of that."""
        line = at.frame.f_code, at.frame.f_lineno or 0
        if line not in self._partials and len(self._partials) < MOST_SAMPLES:
            function = partial_of(at.frame, line[1])
            self._partials[line] = of_callable(function) if function and not is_python(function) else None

    def _before(self, at: At, innermost: FrameType | None) -> Place:
        """Where a thread most likely was before it came to where it is."""
        line = self._worked(at.frame, at.callee, innermost)
        has_begun = self._at is not None and self._at.frame is at.frame
        if line is None and not has_begun and (caller := self._whose.line(at.frame.f_back)):
            return self._before(caller._replace(callee=at.frame), innermost)
        return at.frame.f_code, line or at.frame.f_lineno or 0, None

    def _worked(self, frame: FrameType, callee: FrameType | None, innermost: FrameType | None) -> int | None:
        is_told = innermost is not None and self._whose.looks(innermost)  # then its instruction is still to come
        return worked_line(frame.f_code, frame.f_lasti, is_told or callee is not None)

    def in_python(self) -> bool:
        """Whether this thread is in code in Python: it has the GIL, or wants it."""
        return self._at is not None and self._inside is None

    def under_way(self) -> list[tuple[Key, Spent]]:
        """What the thread has been doing since the last event, seen from another one."""
        at, seconds = self._at, now() - self._last
        if at is None or seconds < SAMPLED or self.left_alone:
            return []
        if (computing := self.computed()) is None:
            return []
        computing = min(seconds, computing)
        waiting = seconds - computing
        held = bool(self.account.threshold and computing >= self.account.threshold)
        lines = Counter(one.place for one in list(self.samples) if one.moment > self._last and one.place is not None)
        if self._inside is not None or not lines:
            return [(self._key(at), Spent(computing, waiting, held * computing))]
        shares = ((place, times / lines.total()) for place, times in lines.items())
        return [
            (Key(*place, None, None), Spent(share * computing, share * waiting, share * held * computing))
            for place, share in shares
        ]

    def finish(self) -> None:
        """Charge what is under way, and let go of all frames."""
        self._charge()
        self._left = None
        self._stepped()
        self._at = self._frame = None
        self._stack, self._stacks = [], {}
