"""What tasks left running, open or changed in their worker, for a remark: looked at outside the clock, after the first
round and when the worker is done."""

from __future__ import annotations

import _thread
import contextlib
import gc
import os
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

from harness.worker import children, stacks, state
from harness.worker.aside import Aside

RUNTIMES_OWN = ("asyncio_", "Trio thread ", "Dummy-", "MainThread")
"""How threads are called that a runtime keeps for the next call."""
NAMED = 3
BARE = "one of _thread's"
NOT_STARTED = (threading._MainThread, threading._DummyThread)  # type: ignore[attr-defined]
"""Threads that `threading` did not start."""
REST_SECONDS = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032)
"""For threads of a pool that have just done their last call, and for those that the last task started: a busy machine
gives them a core late."""
_getcwd, _chdir, _sleep, _listdir = os.getcwd, os.chdir, time.sleep, os.listdir


class Leftovers:
    """What a worker's tasks leave behind, from when it is ready."""

    def __init__(self) -> None:
        self._before = state.taken()
        self._cwd = _cwd()
        self._moved: str | None = None
        self._threads, self._bare = set(threading.enumerate()), bare_threads()
        self._not_python = not_begun()
        self._rounds, self._descriptors = 0, 0
        self._tasks = self._children = self._calls = 0
        self._kept = {one.pid for one in children.left()}  # of a pool that a runtime, the module or `open` made
        self._always = calls_of_pools(0)  # of a pool that the module or `open` keeps busy
        self._outlived: list[str] = []
        self._named: list[dict[str, Any]] = []

    def begin(self) -> None:
        """Before a round: go back to where the first one began, since a path that is relative is one from there."""
        if self._cwd and (now := _cwd()) != self._cwd:
            self._moved = now or "a folder that is gone"
            with contextlib.suppress(OSError):  # it is gone
                _chdir(self._cwd)

    def outlived(self) -> None:
        """Right after the tasks of a round: what works on may have ended before anybody looks again."""
        bare = bare_threads() - self._bare
        self._calls = max(self._calls, calls_of_pools(self._always + self._calls) - self._always)
        started = [thread.name for thread in self._started() if not works_for_a_pool(thread)] + [BARE] * bare
        if len(started) > len(self._outlived):
            self._outlived = started
        if len(family := running(self._left())) > self._children:
            self._children, self._named = len(family), children.named(family[:NAMED])

    def end(self) -> None:
        """After a round."""
        self._rounds += 1
        if self._rounds == 1:
            self._descriptors = descriptors()

    def in_loop(self) -> None:
        """Within an event loop, after the tasks of a round."""
        if asyncio := sys.modules.get("asyncio"):
            with contextlib.suppress(RuntimeError):  # another's loop
                self._tasks = max(self._tasks, len(asyncio.all_tasks()) - 1)

    def found(self, aside: Aside) -> dict[str, Any]:
        """What there is, when the rounds are over: without what there is nothing of."""
        self.begin()
        for seconds in REST_SECONDS:
            _sleep(seconds)
            if not_begun() <= self._not_python:
                break
        self.outlived()
        pools = [thread.name for thread in self._started() if works_for_a_pool(thread)]
        family = self._left()
        ended = len(family) - len(running(family))
        still = max(len(running(family)), self._children - ended)
        grown = descriptors() - self._descriptors
        each = grown // (self._rounds - 1) if self._rounds > 1 else 0
        moved = [f"the working directory ({self._moved}; put back before each round)"] if self._moved else []
        found = {
            "threads": len(self._outlived) + len(pools),
            "thread_names": sorted({*self._outlived, *pools})[:NAMED],
            "calls": self._calls,
            "children": still,
            "child_names": self._named if still else [],
            "child_pids": [one.pid for one in running(family)],
            "not_waited_for": ended,
            "descriptors_each_round": max(0, each),
            "tasks": max(self._tasks, unfinished_tasks()),
            "greenlets": greenlets(),
            "changed": moved + state.changed(self._before, state.taken()),
            "failed_in_libraries": aside.noise,
        }
        return {name: value for name, value in found.items() if value}

    def _left(self) -> list[children.Process]:
        return [one for one in children.left() if one.pid not in self._kept]

    def _started(self) -> Sequence[threading.Thread]:
        alive = [thread for thread in threading.enumerate() if thread not in self._threads]
        return [thread for thread in alive if not thread.name.startswith(RUNTIMES_OWN)]


def works_for_a_pool(thread: threading.Thread) -> bool:
    """Whether it is one of a ThreadPoolExecutor, which keeps it until the pool is closed."""
    pools = sys.modules.get("concurrent.futures.thread")
    return pools is not None and thread in pools._threads_queues


def calls_of_pools(expected: int) -> int:
    """Calls to ThreadPoolExecutors that wait or run. Where there are more than expected, threads that have just done
    their last have some time to come to rest."""
    if not (pools := sys.modules.get("concurrent.futures.thread")):
        return 0
    rest, number = pools._worker.__code__, 0
    for seconds in REST_SECONDS:
        queues = {thread: queue for thread, queue in list(pools._threads_queues.items()) if thread.is_alive()}
        frames = stacks.of_threads()
        works = [thread for thread in queues if (at := frames.get(thread.ident)) is not None and at.f_code is not rest]
        waits = sum(queue.qsize() for queue in {id(queue): queue for queue in queues.values()}.values())
        number = len(works) + waits
        if number <= expected:
            break
        del frames
        _sleep(seconds)
    return number


def bare_threads() -> int:
    """Threads of `_thread.start_new_thread`, of which `threading` knows nothing. gevent keeps some of its own."""
    if "gevent" in sys.modules:
        return 0
    known = [one for one in threading.enumerate() if not isinstance(one, NOT_STARTED)]
    return _thread._count() - len(known)


def not_begun() -> int:
    """Threads that the system knows and Python does not count: those of libraries in C, and those of Python that have
    not had a core yet."""
    return len(_listdir("/proc/self/task")) - 1 - _thread._count()


def running(family: Sequence[children.Process]) -> list[children.Process]:
    """Those that have not ended."""
    return [one for one in family if not one.ended]


def _cwd() -> str | None:
    try:
        return _getcwd()
    except OSError:
        return None


def descriptors() -> int:
    """Open descriptors of the process."""
    return len(_listdir("/proc/self/fd"))


def unfinished_tasks() -> int:
    """Tasks of asyncio's that have not ended, on whatever loop, or on one that never ran."""
    if not (asyncio := sys.modules.get("asyncio")):
        return 0
    try:
        own = asyncio.current_task()
    except RuntimeError:  # no loop runs here
        own = None
    there = [one for one in gc.get_objects() if issubclass(type(one), asyncio.Task) and one is not own]
    return sum(not one.done() for one in there)


def greenlets() -> int:
    """Greenlets of gevent or eventlet that were started and have not ended."""
    gevents = getattr(sys.modules.get("gevent"), "Greenlet", None)
    eventlets = getattr(sys.modules.get("eventlet.greenthread"), "GreenThread", None)
    if not (kinds := tuple(filter(None, (gevents, eventlets)))):
        return 0
    return sum(
        issubclass(type(one), kinds) and not one.dead and getattr(one, "started", True) for one in gc.get_objects()
    )
