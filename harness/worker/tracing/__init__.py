"""A round whose tasks tell what they do: started, waiting for what, running again, finished, and their notes.

Coroutines are stepped by an object of ours, greenlets tell their switches, and whatever blocks a thread is seen as a
call of C that gives up the processor. No other round has any of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextvars import ContextVar, Token
from types import FrameType
from typing import TYPE_CHECKING, Any

from harness.worker import layout
from harness.worker.tracing import io
from harness.worker.tracing.frames import function, place, place_of
from harness.worker.tracing.pad import NO_TASK, Pad
from harness.worker.tracing.stepped import Stepped
from harness.worker.tracing.strands import Strands
from harness.worker.tracing.switches import Switches
from harness.worker.tracing.waits import Waits
from harness.worker.why.sampler import Sampler

if TYPE_CHECKING:
    from harness.worker.prepared import Prepared

TASK: ContextVar[int | None] = ContextVar("task", default=None)
"""The task that runs here. What a task starts inherits it, where that runs in its context."""
FRESH, RUNS, WAITS, BLOCKED, OVER = range(5)


class Traced:
    """The tasks of a round, and what is seen of them."""

    def __init__(self, cell: Prepared, path: str | None) -> None:
        strategy = cell.strategy
        strategy.io = io.io(strategy.io, self, cell.is_async)
        self._inner = cell.work.bind(strategy)
        self.task: Callable[[int], Any] = self._stepped if cell.is_async else self._called
        self._pad, self._states = Pad(path, cell.count), bytearray(cell.count)
        self._strands = Strands(self._pad)
        self._switches, self._waits = Switches(self._pad, self._strands, self), Waits(TASK, self)
        self._sampler = Sampler([self._waits.look], lambda: None, None)
        self._in_io: dict[int, tuple[str, FrameType]] = {}
        self._holds = strategy.threads_per_task == 0
        self._remarks: set[str] = set()
        self._is_on = True
        os.register_at_fork(after_in_child=self._off)

    def begin(self) -> None:
        """See from here on: called in the thread of the strategy."""
        self._sampler.begin()
        self._switches.here()
        self._waits.here()
        self._pad.begin()

    def end(self) -> None:
        """See no more."""
        self._is_on = False
        self._waits.end()
        self._switches.end()
        self._sampler.end()

    def _off(self) -> None:
        """A copy of this process has nothing to say."""
        self._is_on = False
        self._waits.end()
        self._switches.end()

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs of it, in which a task may run."""
        return {"_inner": self._inner, "_is_on": False}

    # What tasks do.

    def _called(self, index: int) -> Any:
        if not self._is_on:
            return self._inner(index)
        self._switches.here()
        self._waits.here()
        before, current = self.enter(index), self._switches.begun(index)
        self._waits.begun(index)
        try:
            value = self._inner(index)
        except BaseException as error:
            self.finished(index, type(error).__name__)
            raise
        else:
            self.finished(index)
            return value
        finally:
            self._waits.ended(index)
            self._switches.ended(current)
            self.leave(before)

    def _stepped(self, index: int) -> Any:
        return Stepped(self._awaited(index), index, self) if self._is_on else self._inner(index)

    async def _awaited(self, index: int) -> Any:
        self._waits.begun(index)
        try:
            return await self._inner(index)
        finally:
            self._waits.ended(index)

    def enter(self, task: int) -> Token[int | None]:
        """It runs here, for the first time or again."""
        if self._states[task] == FRESH:
            self._states[task] = RUNS
            self._pad.event(layout.STARTED, task, self._strands.here())
        else:
            self.resumed(task)
        return TASK.set(task)

    def leave(self, before: Token[int | None]) -> None:
        """It runs here no longer."""
        TASK.reset(before)

    def finished(self, task: int, raised: str = "") -> None:
        """It came to its end."""
        if self._is_on and self._states[task] != OVER:
            self._states[task] = OVER
            self._pad.event(layout.FINISHED, task, self._strands.here(), name=raised)

    def suspended(self, task: int, stack: list[FrameType]) -> None:
        """Others may run: it waits."""
        self._waits.forget(task)
        if self._is_on and self._states[task] == RUNS:
            self._states[task] = WAITS
            self._wait(task, stack)

    def _wait(self, task: int, stack: list[FrameType]) -> None:
        if not self._pad.is_kept(task):
            self._pad.event(layout.WAITING, task)
        elif found := self._in_io.get(task):
            self._pad.event(layout.WAITING, task, name=found[0], place=place_of(found[1]))
        else:
            self._pad.event(layout.WAITING, task, name=function(stack), place=place(stack))

    def resumed(self, task: int) -> None:
        """It runs again."""
        if self._is_on and self._states[task] == WAITS:
            self._states[task] = RUNS
            self._pad.event(layout.RUNNING, task, self._strands.here())

    def runs(self, task: int) -> bool:
        """Whether it runs."""
        return self._is_on and self._states[task] == RUNS

    def blocked(self, task: int, began: float, on: str, frame: FrameType) -> bool:
        """It waits since then without letting anybody else run in its thread; unless it waits already."""
        if not self._is_on or self._states[task] != RUNS:
            return False
        self._states[task] = BLOCKED
        name, frame = self._in_io.get(task) or (on, frame)
        self._pad.event(layout.WAITING, task, at=began, name=name, place=place_of(frame), held=self._holds)
        return True

    def unblocked(self, task: int) -> None:
        """That is over."""
        if self._is_on and self._states[task] == BLOCKED:
            self._states[task] = RUNS
            self._pad.event(layout.RUNNING, task, self._strands.here())

    # What their io says.

    def in_io(self, task: int) -> bool:
        """Whether a task is in a call of its io."""
        return task in self._in_io

    def entered(self, name: str, frame: FrameType) -> tuple[int | None, Any]:
        """A call of the io begins."""
        task = TASK.get()
        before = self._in_io.get(task) if task is not None else None
        if task is not None:
            self._in_io[task] = (name, frame)
        return task, before

    def left(self, before: tuple[int | None, Any]) -> None:
        """It is over."""
        task, outer = before
        if outer:
            self._in_io[task] = outer  # type: ignore[index]
        elif task is not None:
            self._in_io.pop(task, None)

    def note(self, text: object) -> None:
        """A step of the task that calls; of none, where nobody knows which that is."""
        task = TASK.get()
        if self._is_on:
            self._pad.event(layout.NOTE, NO_TASK if task is None else task, self._strands.here(), name=str(text))

    def remark(self, text: str) -> None:
        """Something about the trace itself, once."""
        if text not in self._remarks:
            self._remarks.add(text)
            self._pad.say(layout.REMARK, 0, text)
