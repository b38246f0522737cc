"""Tasks whose failures are counted, while the others go on."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from harness.worker import failures
from harness.workloads.base import FAILED, Work

Kind = tuple[str, str]
KINDS = 100
OTHERS: Kind = "other failures", ""
"""What there is no room for among the kinds."""
_getpid = os.getpid


class Elsewhere(NamedTuple):
    """A task's failure in another process or interpreter, where a strategy has it run."""

    kind: Kind
    task: int
    reason: str
    traceback: str | None


class Tally:
    """A task that returns FAILED where it raises, and what was raised how often."""

    def __init__(self, task: Callable[[int], Any], is_async: bool) -> None:
        self._task = task
        self._first: dict[Kind, tuple[int, BaseException | str]] = {}
        self._raised: list[Kind] = []  # appended to by any thread
        self._pid: int | None = _getpid()
        """None, which is no process, in a copy that was pickled: another interpreter may be in this one."""
        self.traceback: str | None = None
        """Of the first failure."""
        self.task: Callable[[int], Any] = self._awaited if is_async else self._called

    def _called(self, index: int) -> Any:
        try:
            return self._task(index)
        except BaseException as error:
            if self._ends(error):
                raise
            return self._noted(index, error)

    async def _awaited(self, index: int) -> Any:
        try:
            return await self._task(index)
        except BaseException as error:
            if self._ends(error):
                raise
            return self._noted(index, error)

    def _noted(self, index: int, error: BaseException) -> object:
        """Failures of one kind (the same type from the same line) are told as that of the first task among them."""
        kind = f"{type(error).__module__}.{type(error).__qualname__}", innermost(error)
        if _getpid() != self._pid:
            said = failures.told(error)
            return Elsewhere(kind, index, said.reason, said.traceback)
        kind = self._room_for(kind)
        if kind not in self._first and kind != OTHERS:
            said = failures.told(error)
            if said.status != "failed":
                raise error
            self.traceback = self.traceback or said.traceback
        self._count(kind, index, error)
        return FAILED

    def _room_for(self, kind: Kind) -> Kind:
        return kind if kind in self._first or len(self._first) < KINDS else OTHERS

    def _count(self, kind: Kind, index: int, said: BaseException | str) -> None:
        if kind not in self._first or index < self._first[kind][0]:
            self._first[kind] = index, said
        self._raised.append(kind)

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs of it, in which a task may run: not what has failed so far."""
        return vars(self) | {"_first": {}, "_raised": [], "_pid": None, "traceback": None}

    def values(self, returned: Sequence[Any]) -> list[Any]:
        """The tasks' values, with FAILED for those that failed elsewhere, which are counted."""
        for one in returned:
            if isinstance(one, Elsewhere):
                self._count(self._room_for(one.kind), one.task, one.reason)
                self.traceback = self.traceback or one.traceback
        return [FAILED if isinstance(one, Elsewhere) else one for one in returned]

    def _ends(self, error: BaseException) -> bool:
        """Whether it is no failure of the task's: its runtime ends it, or it ends a child that it has forked off."""
        return ends(error) or (isinstance(error, SystemExit) and _getpid() != self._pid)

    def failed(self) -> dict[str, int]:
        """How many tasks failed, by what they raised; the most frequent first."""
        counts: dict[str, int] = {}
        for kind, times in Counter(self._raised).items():
            first = self._first[kind][1]
            reason = kind[0] if kind == OTHERS else first if isinstance(first, str) else failures.told(first).reason
            counts[reason] = counts.get(reason, 0) + times
        return dict(sorted(counts.items(), key=lambda one: -one[1]))


def wrong(work: Work, values: Sequence[Any]) -> Any:
    """What is wrong with the values of the tasks that did not fail, as the work's own check has it."""
    if work.checks_each:
        return work.check(values)
    good = [index for index, value in enumerate(values) if value is not FAILED]
    if len(good) == len(values) or type(work).check is not Work.check:
        return work.check([values[index] for index in good])
    return None if all(values[index] == index for index in good) else "a task did not return its index"


def innermost(error: BaseException) -> str:
    """The line that raised."""
    step = error.__traceback__
    while step and step.tb_next:
        step = step.tb_next
    return f"{os.path.basename(step.tb_frame.f_code.co_filename)}:{step.tb_lineno}" if step else ""


def ends(error: BaseException) -> bool:
    """Whether it is no failure of the task's, but the way in which its runtime ends it."""
    if isinstance(error, asyncio.CancelledError):
        try:
            current = asyncio.current_task()
        except RuntimeError:  # no loop runs here
            return False
        return current is not None and current.cancelling() > 0
    return isinstance(error, GeneratorExit) or (type(error).__module__, type(error).__name__) == TRIOS


TRIOS = ("trio", "Cancelled")
