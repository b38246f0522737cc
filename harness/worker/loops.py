"""What the loop or hub did that runs the tasks: how long a task that was ready had to wait, and how busy it was.

A timer is due every 5 ms, and it is noted how late it was called. One that was held up for a second stands for all
those that would have come meanwhile (Gil Tene's correction of coordinated omission, HdrHistogram): each is counted, as
late as it would have been. Idle is what the loop waits in its selector, by the runtime's own hooks."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

EVERY = 0.005
MOST = 200_000
_now = time.perf_counter
Stop = Callable[[], Any]


def kind_of(loop: str | None) -> str | None:
    """The kind of a loop that tasks were found on, by its class; None of one that is not known here."""
    package = (loop or "").partition(".")[0]
    return package if package in STARTS else None


class Lag:
    """A timer in the loop that runs the tasks, by a clock that stands still while others have the core."""

    def __init__(self, loop: str | None, clock: Callable[[], float], called: Callable[[], None] = lambda: None) -> None:
        self._turned = called
        self._now, self._late, self._due = clock, list[float](), clock() + EVERY
        self.turns = 0
        """How often it was called."""
        start = STARTS.get(loop or "")
        self._stop = start(self._called) if start else None

    def _called(self) -> None:
        self.turns += 1
        self._turned()
        moment = self._now()
        late = max(0.0, moment - self._due)
        while late >= 0 and len(self._late) < MOST:
            self._late.append(late)
            late -= EVERY
        self._due = moment + EVERY

    def end(self) -> None:
        """Stop it; a timer that is overdue is late by now."""
        if self._stop:
            if self._now() > self._due:
                self._called()
            self._stop()

    def seen(self) -> dict[str, float] | None:
        """The longest and the 99th percentile of how late it was, seconds; None where there is no such loop."""
        late = sorted(self._late)
        return {"longest": late[-1], "p99": late[int(0.99 * (len(late) - 1))]} if late else None


class Idle:
    """How long the loop has waited for something to do."""

    def __init__(self, loop: str | None, called: Callable[[], None] = lambda: None) -> None:
        self._turned = called
        self.seconds, self._since = 0.0, 0.0
        self.turns = 0
        """How often it did."""
        start = IDLES.get(loop or "")
        self._stop = start(self) if start else None
        self.known = start is not None

    def begins(self, *_: Any) -> None:
        """The loop is about to wait."""
        self.turns += 1
        self._turned()
        self._since = _now()

    def ends(self, *_: Any) -> None:
        """It goes on."""
        if self._since:
            self.seconds += _now() - self._since
            self._since = 0.0

    def end(self) -> None:
        """See no more."""
        if self._stop:
            self._stop()


class Watched:
    """The loop of a round that is watched."""

    def __init__(self, loop: str | None) -> None:
        self._began = _now()
        self._idle, self._lag = Idle(loop), Lag(loop, _now)

    def end(self) -> dict[str, float]:
        """See no more; what was seen, under the names of the record, as far as this runtime tells."""
        self._lag.end()
        self._idle.end()
        wall, lag = _now() - self._began, self._lag.seen()
        busy = {"loop_busy_share": max(0.0, 1 - self._idle.seconds / wall)} if self._idle.known and wall > 0 else {}
        return busy | ({"ready_p99_seconds": lag["p99"], "ready_longest_seconds": lag["longest"]} if lag else {})


def of_gevent(call: Callable[[], None]) -> Stop:
    """A timer of the hub that keeps nothing alive: a deadlock is still one."""
    timer = sys.modules["gevent"].get_hub().loop.timer(EVERY, EVERY, ref=False)
    timer.start(call)
    return lambda: (timer.stop(), timer.close())


def of_asyncio(call: Callable[[], None]) -> Stop:
    """A timer of the loop that runs now."""
    loop = sys.modules["asyncio"].get_running_loop()

    handles: list[Any] = []

    def again() -> None:
        call()
        handles[:] = [loop.call_later(EVERY, again)]

    handles.append(loop.call_later(EVERY, again))
    return lambda: handles[0].cancel()


def of_trio(call: Callable[[], None]) -> Stop:
    """A system task that sleeps."""
    trio = sys.modules["trio"]
    scope = trio.CancelScope()

    async def again() -> None:
        with scope:
            while True:
                await trio.sleep(EVERY)
                call()

    trio.lowlevel.spawn_system_task(again)
    return lambda: scope.cancel()


STARTS: dict[str, Callable[[Callable[[], None]], Stop]] = {
    "gevent": of_gevent, "asyncio": of_asyncio, "uvloop": of_asyncio, "rloop": of_asyncio, "trio": of_trio,
}  # fmt: skip


def idle_of_gevent(idle: Idle) -> Stop:
    """libev calls a prepare watcher before it waits, and a check watcher after."""
    loop = sys.modules["gevent"].get_hub().loop
    before, after = loop.prepare(ref=False), loop.check(ref=False, priority=loop.MAXPRI)  # before any task goes on
    before.start(idle.begins)
    after.start(idle.ends)
    return lambda: [(one.stop(), one.close()) for one in (before, after)]


def idle_of_asyncio(idle: Idle) -> Stop:
    """The loop of the standard library asks its selector for what is ready."""
    selector = sys.modules["asyncio"].get_running_loop()._selector
    select = selector.select

    def waits(timeout: float | None = None) -> Any:
        idle.begins()
        try:
            return select(timeout)
        finally:
            idle.ends()

    selector.select = waits
    return lambda: vars(selector).pop("select", None)


def idle_of_trio(idle: Idle) -> Stop:
    """trio tells its instruments."""
    trio = sys.modules["trio"]

    class Told(trio.abc.Instrument):  # type: ignore[misc,name-defined]
        def before_io_wait(self, timeout: float) -> None:
            idle.begins()

        def after_io_wait(self, timeout: float) -> None:
            idle.ends()

    told = Told()
    trio.lowlevel.add_instrument(told)
    return lambda: trio.lowlevel.remove_instrument(told)


IDLES: dict[str, Callable[[Idle], Stop]] = {
    "gevent": idle_of_gevent, "asyncio": idle_of_asyncio, "trio": idle_of_trio,
}  # fmt: skip


def steps_of_asyncio(call: Callable[[], None]) -> Stop:
    """The loop of the standard library runs handles, each of which is a step of a task or a callback."""
    handle = sys.modules["asyncio.events"].Handle
    run = handle._run

    def runs(self: Any) -> None:
        try:
            run(self)
        finally:
            call()

    handle._run = runs
    return lambda: setattr(handle, "_run", run) if handle._run is runs else None


def steps_of_trio(call: Callable[[], None]) -> Stop:
    """trio tells its instruments."""
    trio = sys.modules["trio"]

    class Told(trio.abc.Instrument):  # type: ignore[misc,name-defined]
        def after_task_step(self, task: Any) -> None:
            call()

    told = Told()
    trio.lowlevel.add_instrument(told)
    return lambda: trio.lowlevel.remove_instrument(told)


STEPS: dict[str, Callable[[Callable[[], None]], Stop]] = {"asyncio": steps_of_asyncio, "trio": steps_of_trio}
"""By which runtimes a function is called whenever a step of a task has ended."""
