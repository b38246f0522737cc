"""A round that is watched task by task: latencies, tasks in flight, OS threads."""

from __future__ import annotations

import math
import mmap
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from harness.worker import debugging
from harness.worker.facts import loop_in_use
from harness.worker.rounds import now, thread_count
from harness.workloads.latency import latencies

SAMPLES_OF_THREADS = 16


class Witnessed(NamedTuple):
    """A task's value, when it began and ended, and the most threads that were seen in its process."""

    value: Any
    began: float
    ended: float
    threads: int


class Watch:
    """A task with a witness: when each began and ended, and how many OS threads there were."""

    def __init__(self, task: Callable[[int], Any], count: int, is_async: bool) -> None:
        self._task, self._count = task, count
        self._began: list[float] = [-1.0] * count
        self._ended: list[float] = [-1.0] * count
        self._times: mmap.mmap | bytearray = mmap.mmap(-1, 2 * count)
        """How often each began, and ended: shared with what a task forks, where the others may run on as well."""
        self._threads = 1
        self._loop: str | None = None
        self._step = max(1, count // SAMPLES_OF_THREADS)
        self.task: Callable[[int], Any] = self._awaited if is_async else self._called

    def _begin(self, index: int) -> None:
        self._count_up(index)
        if index % self._step == 0 or index == self._count - 1:
            self._threads = max(self._threads, thread_count())
        self._began[index] = now()

    def _count_up(self, place: int) -> None:
        self._times[place] = min(self._times[place] + 1, 2)

    def _end(self, index: int) -> float:
        ended = now()
        self._count_up(self._count + index)
        return ended

    def _called(self, index: int) -> Witnessed:
        self._begin(index)
        value = self._task(index)
        return Witnessed(value, self._began[index], self._end(index), self._threads)

    async def _awaited(self, index: int) -> Witnessed:
        self._begin(index)
        value = await self._task(index)
        ended = self._end(index)
        self._loop = loop_in_use() if index == 0 else self._loop
        return Witnessed(value, self._began[index], ended, self._threads)

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs of it, in which a task may run: not what was seen so far."""
        return vars(self) | {"_began": [], "_ended": [], "_times": b""}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._began, self._times = [-1.0] * self._count, bytearray(2 * self._count)

    def twice(self) -> int:
        """How many tasks ran more than once by now: here, or in a copy of this process that a task forked."""
        return sum(2 in (self._times[one], self._times[self._count + one]) for one in range(self._count))

    def values(self, returned: Sequence[Any]) -> list[Any]:
        """The tasks' values, of what `task` returned: in whatever process that was."""
        for index, one in enumerate(returned):
            if isinstance(one, Witnessed):  # a greenlet that was ended returns something else
                self._began[index], self._ended[index] = one.began, one.ended
                self._threads = max(self._threads, one.threads)
        return [one.value if isinstance(one, Witnessed) else one for one in returned]

    def never_begun(self) -> int:
        """How many tasks did not run, in this process or in another that has returned what they came to."""
        return sum(began < 0 for began in self._began)

    def seen(self) -> dict[str, Any]:
        """Latencies (exact percentiles, seconds), the most in flight, the most threads, tasks that ran twice; what
        debugs or traces this process by now."""
        times = sorted(end - begin for begin, end in zip(self._began, self._ended, strict=True))
        return {
            "latency_seconds": latencies(times),
            "in_flight_max": most_at_once(self._began, self._ended),
            "threads_max": self._threads,
            "begun_twice": self.twice(),
            "debugging": debugging.found() + debugging.of_loop(self._loop),
        }


def most_at_once(began: list[float], ended: list[float]) -> int:
    """The most intervals [began, ended) that overlap at one moment."""
    ends = iter(sorted(ended))
    most, done = 1, 0
    end = next(ends, math.inf)
    for started, begin in enumerate(sorted(began), start=1):
        while end <= begin:
            done += 1
            end = next(ends, math.inf)
        most = max(most, started - done)
    return most
