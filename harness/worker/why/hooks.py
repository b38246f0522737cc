"""What tells of each call: `sys.setprofile` on Python 3.11, `sys.monitoring` (PEP 669) from 3.12 on, with
`greenlet.settrace` beside it. Whoever holds them already is not disturbed."""

from __future__ import annotations

import inspect
import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from opcode import opmap
from types import CodeType, FrameType
from typing import Any, Protocol

from harness.worker.targets import Usage
from harness.worker.why.clocks import get_ident, native_id, now
from harness.worker.why.lane import Lane
from harness.worker.why.places import is_python

TRIALS = 2000
YIELD, SUSPENDS = opmap["YIELD_VALUE"], inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
TOOL = "harness explain"
AGAIN = signal.SIGPROF


class Listener(Protocol):
    """Whose threads are told apart."""

    def lane(self) -> Lane | None:
        """The one of the thread that asks; None where nobody wants to know of it."""


class Profile:
    """By `sys.setprofile`. While it is set, code in Python without any call is slower as well: CPython 3.11 leaves its
    specialised instructions."""

    slows = True

    def __init__(self, listener: Listener) -> None:
        self._lane = listener.lane
        self.hook: Callable[[FrameType, str, Any], None] = self._heard
        self._opcodes: dict[CodeType, bytes] = {}
        self.paused = False
        self._before: Any = None

    def begin(self) -> None:
        """Hear of this thread, and of those that begin from now on. Raises Usage where another does already."""
        if (other := sys.getprofile()) is not None:
            raise Usage(held(f"{other!r} is this process's profile function"))
        self._thread = get_ident()
        if is_main() and signal.getsignal(AGAIN) in {signal.SIG_DFL, signal.SIG_IGN}:  # else another profiler has it
            self._before = signal.signal(AGAIN, self._interrupted)
        threading.setprofile(self.hook)
        sys.setprofile(self.hook)

    def again(self) -> None:
        """Hear of the greenlet that runs now: since Python 3.10 it does not inherit this. Who took it away has it."""
        if self.paused:
            self.wake()
        elif sys.getprofile() is self.hook:
            sys.setprofile(self.hook)

    def pause(self) -> None:
        """Hear nothing of this thread, until `interrupt`."""
        if sys.getprofile() is self.hook:
            sys.setprofile(None)
            self.paused = True

    def wake(self) -> None:
        """Hear again, called in the thread that paused."""
        if self.paused and sys.getprofile() is None:
            self.paused = False
            sys.setprofile(self.hook)

    def leave(self) -> None:
        """Hear nothing of this thread any more."""
        if sys.getprofile() is self.hook:
            sys.setprofile(None)

    def look(self) -> None:
        """As in `Monitoring`: threads are told apart here."""

    def interrupt(self) -> None:
        """Called in another thread: have the main one hear nothing for a while, or again, by a signal: it alone can."""
        if self._has_signal():
            signal.pthread_kill(self._thread, AGAIN)

    def _has_signal(self) -> bool:
        return self._before is not None and signal.getsignal(AGAIN) == self._interrupted

    def _interrupted(self, _: int, frame: FrameType | None) -> None:
        if self.paused:
            self.wake()
        elif sys.getprofile() is self.hook and (lane := self._lane()) is not None:
            sys.setprofile(None)  # first: it would be told of what comes
            self.paused = True
            lane.rests(frame)

    def end(self) -> str | None:
        """Hear no more; what to say where somebody else took the place meanwhile."""
        mine = sys.getprofile() is self.hook or self.paused
        self.paused = False
        if mine:
            sys.setprofile(None)
        threading.setprofile(None)
        if not mine:
            return "the workload changed the profile function (sys.setprofile)"
        if self._before is None:
            return None
        if not self._has_signal():
            return "the workload took the signal of profilers (SIGPROF)"
        signal.signal(AGAIN, self._before)
        return None

    def _heard(self, frame: FrameType, event: str, arg: Any) -> None:
        lane = self._lane()
        if lane is None:
            return
        if event == "call":
            lane.entered(frame)
        elif event == "return":
            lane.left(frame, self._gives_way(frame))
        elif event == "c_call":
            lane.calls_c(frame, arg)
        else:
            lane.c_returns(frame)

    def _gives_way(self, frame: FrameType) -> bool:
        """Whether a frame that is left is of a generator or a coroutine that has not ended."""
        code = frame.f_code
        if not code.co_flags & SUSPENDS:
            return False
        opcodes = self._opcodes.get(code)
        if opcodes is None:
            opcodes = self._opcodes[code] = code.co_code
        return opcodes[frame.f_lasti] == YIELD


class Monitoring:
    """By `sys.monitoring`."""

    slows = False

    def __init__(self, listener: Listener) -> None:
        self._lane, self.paused, self._leaves = listener.lane, False, False

    def begin(self) -> None:
        """Hear of all threads and greenlets. Raises Usage where another tool holds every place for a profiler."""
        monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        tool = monitoring.PROFILER_ID
        if other := monitoring.get_tool(tool):
            raise Usage(held(f"{other!r} holds sys.monitoring's place for a profiler"))
        monitoring.use_tool_id(tool, TOOL)
        self._tool, self._disable, events = tool, monitoring.DISABLE, monitoring.events
        telling, leaves = self._telling, partial(Lane.left, gives_way=False)
        heard = {
            events.PY_START: telling(Lane.entered), events.PY_RESUME: telling(Lane.entered),
            events.PY_RETURN: telling(leaves), events.PY_YIELD: telling(partial(Lane.left, gives_way=True)),
            events.CALL: self._called,
        }  # fmt: skip
        heard |= {  # these cannot go off at one place
            events.PY_THROW: telling(Lane.entered, False), events.PY_UNWIND: telling(leaves, False),
            events.C_RETURN: telling(Lane.c_returns, False), events.C_RAISE: telling(Lane.c_returns, False),
        }  # fmt: skip
        for event, callback in heard.items():
            monitoring.register_callback(tool, event, callback)
        self._heard = sum(heard)
        monitoring.set_events(tool, self._heard)

    def pause(self) -> None:
        """Hear nothing, until `interrupt`."""
        monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        if monitoring.get_tool(self._tool) == TOOL:
            monitoring.set_events(self._tool, 0)
            self.paused = True

    def leave(self) -> None:
        """Hear nothing of a thread any more: where it runs is not told, of whatever thread, until `look`. (To turn all
        events off is for the whole process.)"""
        self._leaves = True

    def look(self) -> None:
        """Called now and then: tell of all places again, where they are of a thread that is listened to."""
        if self._leaves:
            sys.monitoring.restart_events()  # type: ignore[attr-defined,unused-ignore]

    def wake(self) -> None:
        """Hear again."""
        monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        if self.paused and monitoring.get_tool(self._tool) == TOOL:
            self.paused = False
            monitoring.set_events(self._tool, self._heard)

    interrupt = again = wake

    def end(self) -> str | None:
        """As in `Profile`."""
        monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        mine = monitoring.get_tool(self._tool) == TOOL
        if monitoring.get_tool(self._tool) is None:
            monitoring.use_tool_id(self._tool, TOOL)  # who frees a place leaves its events (before Python 3.14)
        if monitoring.get_tool(self._tool) == TOOL:
            monitoring.set_events(self._tool, 0)
            monitoring.free_tool_id(self._tool)
        return None if mine else "the workload took sys.monitoring's place for a profiler"

    def _telling(self, tell: Callable[[Lane, FrameType], None], goes_off: bool = True) -> Callable[..., object]:
        """What hears of an event, which `goes_off` where it came from, if that is nobody's who is heard."""
        off = self._disable if goes_off else None

        def told(*_: Any) -> object:
            if (lane := self._lane()) is not None:
                if lane.left_alone:
                    return off
                tell(lane, sys._getframe(1))
            return None

        return told

    def _called(self, code: Any, offset: int, function: Any, first: Any) -> object:
        if not is_python(function) and (lane := self._lane()) is not None:
            if lane.left_alone:
                return self._disable
            lane.calls_c(sys._getframe(1), function)
        return None


def is_main() -> bool:
    """Whether this is the thread that signals are handled in. (gevent's patches give the one of `threading` another
    number.)"""
    return bool(native_id() == os.getpid())


def held(by: str) -> str:
    """What to say where the place is taken."""
    return f"explain: {by}: run without what put it there (a debugger, a profiler, a coverage tool)"


KIND = Monitoring if sys.version_info >= (3, 12) else Profile


class Switches:
    """By `greenlet.settrace`, where greenlets have been imported."""

    def __init__(self, lane: Lane, again: Callable[[], None]) -> None:
        self._lane, self._again = lane, again
        self._greenlet = sys.modules.get("greenlet")

    def begin(self) -> None:
        """Hear of this thread's greenlets. Raises Usage where another does already."""
        if self._greenlet is None:
            return
        if (other := self._greenlet.gettrace()) is not None:
            raise Usage(held(f"{other!r} traces this thread's greenlets"))
        self._greenlet.settrace(self._switched)

    def end(self) -> None:
        """Hear no more."""
        if self._greenlet is not None and self._greenlet.gettrace() == self._switched:
            self._greenlet.settrace(None)

    def _switched(self, event: str, greenlets: tuple[Any, Any]) -> None:
        self._again()
        self._lane.switches(*greenlets, sys._getframe().f_back)  # a greenlet that begins has none


def empty() -> None:
    """Cost what an event costs, and hardly more."""


def cost(told: Lane) -> float:
    """Seconds of an event beside what its callback takes by the clock: the least of some trials."""

    class One:
        def lane(self) -> Lane | None:
            return told

    def calls() -> float:
        began = now()
        for _ in range(TRIALS):
            empty()
        return float(now() - began)

    bare = min(calls() for _ in range(5))
    hook = KIND(One())
    hook.begin()
    try:
        heard = []
        for _ in range(5):
            before = told.overhead
            heard.append(calls() - (told.overhead - before))
    finally:
        hook.end()
    return max(0.0, min(heard) - bare) / TRIALS / 2
