"""Which function runs how many instructions: each event of `sys.setprofile` charges what ran since the last one.

Instructions are charged to the Python function that ran them, or to the built-in function that it called. The counting
itself is done outside, by marks; what an event costs is told by calls of a function that does nothing."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from harness.worker.marks import CHARGE, MOST_OWNERS, STOP, Marks, seek

OUTSIDE, NOTHING, BETWEEN = range(3)
"""Owners of what is between rounds, of a function that does nothing, and of what is between tasks: the loop, or what
starts threads."""
CALLS = 200


def nothing() -> None:
    """Cost what an event costs, and hardly more."""


class Functions:
    """The functions that were seen, by their numbers, and what charges them."""

    def __init__(self, marks: Marks) -> None:
        self._marks, self._numbers = marks, itertools.count(3)
        self._owners: dict[Any, int] = {nothing.__code__: NOTHING}
        self._names: dict[int, tuple[str, str, int]] = {BETWEEN: ("between tasks", "", 0)}
        self._profile = self._charging(marks.file)

    def bound(self, task: Callable[[int], Any]) -> Callable[[int], Any]:
        """A task that is charged wherever it runs: in a thread or a greenlet, which inherit no profile function."""

        def charged(index: int) -> Any:
            self._marks.charge(BETWEEN)
            sys.setprofile(self._profile)
            return task(index)

        return charged

    def begin(self) -> None:
        """Charge from here on."""
        self._marks.charge(OUTSIDE)
        sys.setprofile(self._profile)
        for _ in range(CALLS):
            nothing()

    def end(self) -> None:
        """Charge nobody any more, in this thread."""
        sys.setprofile(None)

    def named(self) -> list[tuple[int, str, str, int]]:
        """Number, name, file and first line of each; a built-in function has no file."""
        return [(number, *name) for number, name in sorted(self._names.items())]

    def _charging(self, file: int) -> Callable[[FrameType, str, Any], None]:
        """What `sys.setprofile` is given."""

        def profile(frame: FrameType, event: str, arg: Any, seek: Callable[..., int] = seek, stop: int = STOP) -> None:
            seek(file, stop, 0)
            if event == "c_return" or event == "c_exception":
                owner = self._number((arg.__module__, arg.__qualname__))
            else:
                ran = frame.f_back if event == "call" else frame
                owner = self._number(ran.f_code) if ran else BETWEEN
            seek(file, CHARGE | owner, 0)

        return profile

    def _number(self, key: Any) -> int:
        found = self._owners.get(key)
        if found is None:
            found = self._owners.setdefault(key, min(next(self._numbers), MOST_OWNERS - 1))
            self._names[found] = _name(key)
        return found


def _name(key: Any) -> tuple[str, str, int]:
    if isinstance(key, CodeType):
        return key.co_qualname, key.co_filename, key.co_firstlineno
    module, name = key
    return f"{module}.{name}" if module and module != "builtins" else name, "", 0
