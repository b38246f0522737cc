"""What tasks run on, each by a number: greenlets, and the threads that have none."""

from __future__ import annotations

import itertools
import os
import sys
from typing import Any
from weakref import WeakKeyDictionary

from harness.worker import layout
from harness.worker.tracing.pad import Pad
from harness.worker.why.originals import original

OTHERS = layout.MOST_STRANDS


class Strands:
    """The numbers of strands, whose names are written when they are first seen."""

    def __init__(self, pad: Pad) -> None:
        self._pad, self._next = pad, itertools.count(1).__next__
        self._greenlets: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        self._thread: Any = original("_thread", "_local")()

    def here(self) -> int:
        """That of whoever calls."""
        greenlet = sys.modules.get("greenlet")
        return self.of(greenlet.getcurrent()) if greenlet else self._of_thread()

    def of(self, greenlet: Any) -> int:
        """That of a greenlet of this thread; the first one is its thread itself."""
        if greenlet.parent is None and not greenlet.dead:
            return self._of_thread()
        found = self._greenlets.get(greenlet)
        if found is None:
            found = self._greenlets[greenlet] = self._new("hub" if type(greenlet).__name__ == "Hub" else "greenlet")
        return found

    def _of_thread(self) -> int:
        found: int | None = getattr(self._thread, "number", None)
        if found is None:
            found = self._thread.number = self._new(_name())
        return found

    def _new(self, name: str) -> int:
        number = min(self._next(), OTHERS)
        if number < OTHERS:
            self._pad.say(layout.STRAND, number, f"{name} {number}" if name == "greenlet" else name)
        return number


def _name() -> str:
    """That of the thread that calls."""
    if original("_thread", "get_native_id")() == os.getpid():
        return "MainThread"  # what gevent has patched knows it by another number
    threading = sys.modules.get("threading")
    known = threading._active.get(original("_thread", "get_ident")()) if threading else None
    return known.name if known else "thread"
