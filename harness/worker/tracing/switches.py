"""Switches of greenlets, as their runtime tells them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from harness.worker.stacks import of_frame
from harness.worker.tracing.pad import Pad
from harness.worker.tracing.strands import Strands


class Lanes(Protocol):
    """What hears that tasks are suspended and resumed."""

    def suspended(self, task: int, stack: list[FrameType]) -> None:
        """Its frames are these, the innermost first."""

    def resumed(self, task: int) -> None:
        """It runs again."""

    def remark(self, text: str) -> None:
        """Something about the trace itself."""


class Switches:
    """What `greenlet.settrace` is given, in each thread in which tasks run."""

    def __init__(self, pad: Pad, strands: Strands, lanes: Lanes) -> None:
        self._pad, self._strands, self._lanes = pad, strands, lanes
        self._tasks: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        self._trace: Callable[..., None] = self._seen

    def here(self) -> None:
        """Hear of those of this thread from now on, unless another tracer does."""
        if greenlet := sys.modules.get("greenlet"):
            held = greenlet.gettrace()
            if held is None:
                greenlet.settrace(self._trace)
            elif held is not self._trace:
                self._lanes.remark("switches of greenlets are not seen: another tracer holds greenlet.settrace")

    def begun(self, task: int) -> Any:
        """A task begins in this greenlet, which is returned."""
        if greenlet := sys.modules.get("greenlet"):
            current = greenlet.getcurrent()
            self._tasks[current] = task
            return current
        return None

    def ended(self, current: Any) -> None:
        """The task of a greenlet is over."""
        if current is not None:
            self._tasks.pop(current, None)

    def end(self) -> None:
        """Hear no more, in this thread."""
        greenlet = sys.modules.get("greenlet")
        if greenlet and greenlet.gettrace() is self._trace:
            greenlet.settrace(None)

    def _seen(self, event: str, between: tuple[Any, Any]) -> None:
        origin, target = between
        self._pad.switch(self._strands.of(origin), self._strands.of(target))
        if (task := self._tasks.get(origin)) is not None:
            self._lanes.suspended(task, of_frame(origin.gr_frame))
        if (task := self._tasks.get(target)) is not None:
            self._lanes.resumed(task)
