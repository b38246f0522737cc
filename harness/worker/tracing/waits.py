"""Waits in functions of C, seen by `sys.setprofile`: a call in which a thread gave up the processor for a while."""

from __future__ import annotations

import opcode
import sys
import time
from collections.abc import Callable
from contextvars import ContextVar
from types import FrameType
from typing import Any, Protocol

from harness.worker import stacks
from harness.worker.tracing.calls import Call, lasts, may_wait, name_of, shortest, sleeps, slept, waits
from harness.worker.tracing.frames import function
from harness.worker.why.originals import original

PENDING = 0.02
"""Seconds after which a call that has not returned is told."""
AT_ONCE = {opcode.opmap.get(name, -1) for name in ("BEFORE_WITH", "FOR_ITER")}
"""What enters a `with`, or takes the next of something: a call of C, if it is one, that `sys.setprofile` is not told
of."""
CALLS = {opcode.opmap.get(name, -1) for name in ("PRECALL", "CALL", "CALL_KW", "CALL_FUNCTION_EX")}
"""Nor is it of types and partials that are called; but here a thread may wait for the interpreter's lock as well."""


class Lanes(Protocol):
    """What hears of waits."""

    def in_io(self, task: int) -> bool:
        """Whether a task is in a call of its io."""

    def runs(self, task: int) -> bool:
        """Whether a task runs, as far as is known."""

    def blocked(self, task: int, began: float, on: str, frame: FrameType) -> bool:
        """A task waits since then, in that frame; returns whether that was news."""

    def unblocked(self, task: int) -> None:
        """It waits no longer."""

    def remark(self, text: str) -> None:
        """Something about the trace itself."""


class Waits:
    """What `sys.setprofile` is given wherever tasks run."""

    def __init__(self, current: ContextVar[int | None], lanes: Lanes) -> None:
        self._current, self._lanes = current, lanes
        self._calls: dict[int, Call] = {}
        self._told: dict[int, int] = {}
        """Tasks whose call was told before it returned; and calls in it, by a handler of signals."""
        self._asleep: dict[int, tuple[tuple[FrameType, int, str], float]] = {}
        """Where tasks slept when they were looked at, how often they had gone to sleep, and since when that is so."""
        self._threads: dict[int, tuple[int, int]] = {}
        self._is_theirs = False
        """Whether somebody else had the profile function before us, anywhere."""
        self._now, self._used = time.perf_counter, time.thread_time
        self._ident, self._thread = original("_thread", "get_ident"), original("_thread", "get_native_id")
        self._profile: Callable[..., None] = self._seen

    def here(self) -> None:
        """See those of this thread or greenlet from now on, unless another profiler is at work."""
        held = sys.getprofile()
        if held is None:
            sys.setprofile(self._profile)
        elif held is not self._profile:
            self._is_theirs = True
            by = getattr(held, "__module__", None) or type(held).__module__
            self._lanes.remark(f"waits in functions of C are not seen: {by} holds the profile function")

    def begun(self, task: int) -> None:
        """A task begins in this thread, and stays in it."""
        self._threads[task] = self._ident(), self._thread()

    def ended(self, task: int) -> None:
        """It is over: whether waits are still seen."""
        self._threads.pop(task, None)
        self._asleep.pop(task, None)
        if sys.getprofile() is not self._profile and not self._is_theirs:
            self._lanes.remark("the workload changed the profile function: later waits in functions of C are not seen")

    def end(self) -> None:
        """See no more, in this thread."""
        if sys.getprofile() is self._profile:
            sys.setprofile(None)

    def forget(self, task: int) -> None:
        """It was suspended within a call, which is no wait of this kind."""
        self._calls.pop(task, None)
        self._told.pop(task, None)

    def look(self) -> None:
        """Tell of calls that may never return."""
        for task, call in list(self._calls.items()):
            if self._now() - call.began > PENDING and task not in self._told and lasts(call) and sleeps(call.thread):
                self._tell(task, call)
        for task, (ident, thread) in list(self._threads.items()):
            if self._lanes.runs(task) and task not in self._calls and sleeps(thread):
                self._entering(task, ident, thread)

    def _entering(self, task: int, ident: int, thread: int) -> None:
        """Tell of a call that may never return, and of which nothing was told: it began about when it is seen."""
        frame = stacks.of_threads().get(ident)
        if frame is None or frame.f_lasti < 0:
            return
        instruction = frame.f_code.co_code[frame.f_lasti]
        began = self._now() if instruction in AT_ONCE else None
        if instruction in CALLS:
            began = self._slept_since(task, frame, thread)
        if began is not None:
            self._calls[task] = call = Call(None, frame, frame.f_lasti, began, 0.0, 0, ident, thread)
            self._tell(task, call)

    def _slept_since(self, task: int, frame: FrameType, thread: int) -> float | None:
        """When a thread was seen asleep first, if it has been all the time since."""
        now, (before, since) = (frame, frame.f_lasti, slept(thread)), self._asleep.get(task, (None, 0.0))
        if now == before:
            return since
        self._asleep[task] = now, self._now()
        return None

    def _entered(self, task: int) -> None:
        self._calls.pop(task, None)
        self._told.pop(task, None)
        self._lanes.unblocked(task)

    def _seen(self, frame: FrameType, event: str, called: Any) -> None:
        if event == "return" or (task := self._current.get()) is None:
            return
        if task in self._told and ((told := self._calls.get(task)) is None or told.function is None):
            self._entered(task)  # or it had returned when it was told
        if task in self._told:
            self._seen_within(task, event)
        elif event == "c_call":
            if may_wait(called):
                of = self._ident(), self._thread()
                self._calls[task] = Call(called, frame, frame.f_lasti, self._now(), self._used(), waits(), *of)
        elif event == "call":
            self._calls.pop(task, None)  # what calls Python does not wait by itself
        elif call := self._calls.pop(task, None):
            self._returned(task, call)

    def _seen_within(self, task: int, event: str) -> None:
        if event == "c_call":
            self._told[task] += 1
        elif event != "call":
            self._told[task] -= 1
            if self._told[task] < 0 and (call := self._calls.pop(task, None)):
                self._returned(task, call)

    def _returned(self, task: int, call: Call) -> None:
        took, used = self._now() - call.began, self._used() - call.used
        least = shortest(call.function, self._lanes.in_io(task))
        if task not in self._told:
            if took - used < max(least, took / 2) or waits() == call.waits:
                return  # it was computing, or others had the processor
            self._tell(task, call)
        self._told.pop(task, None)
        self._lanes.unblocked(task)

    def _tell(self, task: int, call: Call) -> None:
        name = name_of(call.function) if call.function else function(stacks.of_frame(call.frame))
        if self._lanes.blocked(task, call.began, name, call.frame):
            self._told[task] = 0
