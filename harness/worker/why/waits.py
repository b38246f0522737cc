"""Where tasks wait and how long, by the line of the user's and what it waits at; seen in samples."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from harness.worker.why.flows import Flows
from harness.worker.why.pace import Pace, Steps
from harness.worker.why.suspended import Everybody
from harness.worker.why.waited import users_frame
from harness.worker.why.waiters import PlaceKey, Places, Waiter

if TYPE_CHECKING:
    from harness.worker.prepared import Prepared


class Waits:
    """Sees where everybody waits."""

    name = "waits"

    def __init__(self, cell: Prepared) -> None:
        self._everybody, self._pace, self._places, self._flows = Everybody(), Pace(), Places(), Flows()
        self._last: dict[int, PlaceKey] = {}
        self._changed = self._seconds = self._task_seconds = 0.0
        self._before: list[Waiter] | None = None
        self._begun = self._ended = False
        self._exit: Counter[PlaceKey] | None = None

    def begin(self) -> None:
        """See from here on."""
        self._everybody.begin()
        self._unhear = hear_of_exits(self._loop_exit)
        self._steps = Steps()
        self._changed, self._begun = self._steps.at, True

    def end(self) -> None:
        """See no more."""
        self._begun, self._ended, self._rest = False, True, self._steps.next()
        self._unhear()
        self._everybody.end()

    def look(self) -> None:
        """See where everybody is."""
        if self._begun and self._pace.due():
            with self._pace:
                self._look()

    def _loop_exit(self) -> None:
        """gevent's hub has nothing left to wait for: whoever waits now would wait for ever."""
        if self._begun:
            self._exit = Counter(one.place for one in self._waiters())

    def _look(self) -> None:
        step = self._steps.next()
        busy = users_frame(self._everybody.running()) is not None
        waiters = self._waiters()
        self._seconds += step
        self._task_seconds += step * len(waiters)
        self._stay({one.task: one.place for one in waiters}, busy)
        self._charge([] if busy else waiters, step)  # who waits meanwhile may wait for that

    def _charge(self, waiters: list[Waiter], step: float) -> None:
        """What happened between two looks is known to neither: half of it goes to what each saw."""
        before, self._before = self._before, waiters
        for these, seconds in ((waiters, step),) if before is None else ((before, step / 2), (waiters, step / 2)):
            self._places.add(these, seconds)
            self._flows.add(these, seconds)

    def _waiters(self) -> list[Waiter]:
        return [found for one in self._everybody.waiting() if (found := self._places.waiter(one))]

    def _stay(self, places: dict[int, PlaceKey], busy: bool) -> None:
        """Since when nobody has moved."""
        if busy or self._last != places:
            self._changed, self._last = self._steps.at, places

    def seen(self) -> dict[str, Any]:
        """As JSON has it."""
        if self._ended:  # here, not in `end`: then no look is under way
            self._seconds, self._ended = self._seconds + self._rest, False
            self._task_seconds += self._rest * len(self._before or [])
            self._charge(self._before or [], self._rest)
        last = self._exit if self._exit is not None else Counter(self._last.values())
        return {
            "seconds": self._seconds, "task_seconds": self._task_seconds,
            "still_seconds": self._steps.at - self._changed, "loop_exit": self._exit is not None,
            "places": [place.told() | {"now": last[key]} for key, place in list(self._places.found.items())],
            "functions": self._flows.told(),
        }  # fmt: skip


def hear_of_exits(heard: Callable[[], None]) -> Callable[[], None]:
    """Hear when gevent's hub has nothing left to wait for; returns what undoes it."""
    exceptions: Any = sys.modules.get("gevent.exceptions")
    if exceptions is None:
        return lambda: None
    kind, made = exceptions.LoopExit, exceptions.LoopExit.__init__

    def note(self: BaseException, *arguments: Any) -> None:
        heard()
        made(self, *arguments)

    def undo() -> None:
        kind.__init__ = made

    kind.__init__ = note
    return undo
