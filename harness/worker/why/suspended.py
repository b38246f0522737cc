"""Who waits: the suspended tasks, greenlets and threads of this process, each with its frames."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterable, Iterator
from itertools import islice
from types import FrameType
from typing import Any, NamedTuple

from harness.worker import stacks
from harness.worker.why.clocks import get_ident

MOST = 1000
"""Tasks, greenlets or threads that are looked at: the first of those that live."""


class Suspended(NamedTuple):
    """One that does not run now, or a thread of which nobody knows."""

    key: int
    """The same as long as it lives."""
    frames: list[FrameType]
    """The innermost first."""
    waiter: Any = None
    """The future that a task of asyncio waits for."""
    is_thread: bool = False


class Everybody:
    """All that wait, seen from any thread. Made and begun in the thread of the strategy."""

    def __init__(self) -> None:
        self._greenlets: dict[int, weakref.ref[Any]] = {}
        self._loop: Any = None
        self._root: Any = None
        self.thread = 0
        """The strategy's."""

    def begin(self) -> None:
        """See who is started from here on; a loop's tasks are seen whenever they were started."""
        self.thread = get_ident()
        if gevent := sys.modules.get("gevent"):
            gevent.Greenlet.add_spawn_callback(self._spawned)
        if asyncio := sys.modules.get("asyncio"):
            self._loop = asyncio._get_running_loop()
        if trio := sys.modules.get("trio"):
            self._root = trio.lowlevel.current_root_task() if trio.lowlevel.in_trio_run() else None

    def end(self) -> None:
        """Nobody is started any more."""
        if gevent := sys.modules.get("gevent"):
            gevent.Greenlet.remove_spawn_callback(self._spawned)

    def _spawned(self, greenlet: Any) -> None:
        self._greenlets[id(greenlet)] = weakref.ref(greenlet)

    def waiting(self) -> Iterator[Suspended]:
        """Each that waits, with its frames."""
        yield from self._of_greenlets()
        yield from self._of_asyncio()
        yield from self._of_trio()
        yield from self._of_threads()

    def running(self) -> list[FrameType]:
        """What the strategy's own thread does now."""
        return stacks.of_frame(stacks.of_threads().get(self.thread))

    def _of_greenlets(self) -> Iterator[Suspended]:
        live = 0
        for key, found in list(self._greenlets.items()):
            one = found()
            if one is None or one.dead:
                self._greenlets.pop(key, None)
            elif live < MOST and (frame := one.gr_frame) is not None:  # None: it runs, or has not begun
                live += 1
                yield Suspended(key, stacks.of_frame(frame))

    def _of_asyncio(self) -> Iterator[Suspended]:
        if self._loop is None:
            return
        for task in first(sys.modules["asyncio"].all_tasks(self._loop)):
            if (waiter := getattr(task, "_fut_waiter", None)) is not None:  # None: it runs, or is about to
                yield Suspended(id(task), stacks.of_coroutine(task.get_coro()), waiter)

    def _of_trio(self) -> Iterator[Suspended]:
        if self._root is None:
            return
        for task in islice(stacks.trio_tasks(self._root), MOST):
            if task._abort_func is not None:  # None: it runs, or is about to
                yield Suspended(id(task), stacks.of_coroutine(task.coro))

    def _of_threads(self) -> Iterator[Suspended]:
        own = get_ident()
        for key, frame in first(stacks.of_threads().items()):
            if key not in (own, self.thread):
                yield Suspended(key, stacks.of_frame(frame), is_thread=True)


def first(things: Iterable[Any]) -> list[Any]:
    """As many as are looked at."""
    return list(things)[:MOST]
