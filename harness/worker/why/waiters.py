"""The lines of the user's that tasks wait at: how many, how long, and how many were past them meanwhile."""

from __future__ import annotations

from collections import Counter
from types import CodeType, FrameType
from typing import Any, NamedTuple

from harness.worker.causes import is_theirs
from harness.worker.why.primitives import Primitive
from harness.worker.why.suspended import Suspended
from harness.worker.why.waited import line_of, users_frame, waited_at

MOST_PLACES, MOST_KNOWN = 200, 2000


class PlaceKey(NamedTuple):
    """What tells places apart."""

    code: CodeType
    line: int
    what: str


class Place:
    """A line, and what is waited for there."""

    def __init__(self, key: PlaceKey, primitive: Primitive, limit: int | None) -> None:
        self.key, self._primitive, self._limit = key, primitive, limit
        self._seconds = self._task_seconds = 0.0
        self._most = 0
        self._through: Counter[int] = Counter()

    def add(self, waiters: int, through: int, seconds: float) -> None:
        """So many waited for so long, while others were past it."""
        self._seconds += seconds
        self._task_seconds += seconds * waiters
        self._most = max(self._most, waiters)
        self._through[through] += 1

    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        code, line = self.key.code, self.key.line
        return {
            "file": code.co_filename, "line": line, "function": code.co_name,
            "source": line_of(code.co_filename, line), "kind": self._primitive.kind, "what": self._primitive.what,
            "limit": self._limit, "through": self._through.most_common(1)[0][0] if self._through else 0,
            "most": self._most, "seconds": self._seconds, "task_seconds": self._task_seconds,
        }  # fmt: skip


class Waiter(NamedTuple):
    """One that waits: where, and the lines of the user's that led there, the innermost first."""

    task: int
    place: PlaceKey
    lines: tuple[tuple[CodeType, int], ...]
    is_thread: bool


class Places:
    """All of them, by what tells them apart."""

    def __init__(self) -> None:
        self._known: dict[tuple[CodeType, ...], dict[tuple[int, ...], PlaceKey]] = {}
        self.found: dict[PlaceKey, Place] = {}

    def waiter(self, one: Suspended) -> Waiter | None:
        """Where one waits, if a line of the user's led there."""
        at = users_frame(one.frames)
        if at is None:
            return None
        theirs = tuple(
            (frame.f_code, frame.f_lineno) for frame in one.frames[at:] if is_theirs(frame.f_code.co_filename)
        )
        return Waiter(one.key, self._place(one, at), theirs, one.is_thread)

    def _place(self, one: Suspended, at: int) -> PlaceKey:
        frames = one.frames[: at + 1]
        codes, lines = tuple(frame.f_code for frame in frames), tuple(frame.f_lineno for frame in frames)
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        known = self._known.setdefault(codes, {})
        if lines not in known:
            known[lines] = self._made(frames[at], *waited_at(frames, at, one.waiter))
        return known[lines]

    def _made(self, frame: FrameType, primitive: Primitive, limit: int | None) -> PlaceKey:
        key = PlaceKey(frame.f_code, frame.f_lineno, primitive.what)
        if key not in self.found and len(self.found) < MOST_PLACES:
            self.found[key] = Place(key, primitive, limit)
        return key

    def add(self, waiters: list[Waiter], seconds: float) -> None:
        """So they waited for so long."""
        for key, count in Counter(one.place for one in waiters).items():
            if place := self.found.get(key):
                place.add(count, sum(is_past(one, key) for one in waiters), seconds)


def is_past(one: Waiter, key: PlaceKey) -> bool:
    """Whether one waits further on in the function of a place, or in what that called."""
    return one.place != key and any(code is key.code and line >= key.line for code, line in one.lines)
