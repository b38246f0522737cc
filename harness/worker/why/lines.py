"""Which of the user's lines a round's time went to, in the thread of the strategy and in others."""

from __future__ import annotations

import gc
import inspect
import os
from collections import Counter
from collections.abc import Callable
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

from harness.worker import facts, stacks
from harness.worker.causes import Step, source_of
from harness.worker.loops import STEPS, Idle, Lag
from harness.worker.targets import Usage as Usage  # what `begin` raises
from harness.worker.why import hooks
from harness.worker.why.clocks import get_ident, native_id, now, thread_time
from harness.worker.why.gil import Gil
from harness.worker.why.lane import Lane
from harness.worker.why.originals import original
from harness.worker.why.places import TURNS, Whose
from harness.worker.why.sampler import EVERY, THREADS
from harness.worker.why.spent import Spent
from harness.workloads.signature import underlying

if TYPE_CHECKING:
    from harness.worker.prepared import Prepared

THRESHOLD, OURS = 0.03, "harness."
AWAITS = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
TOLD, WORTH = 500, 0.0005
"""Lines that are told at most, and the seconds of one that is worth telling."""


class Life:
    """Of a thread, which alone holds it: it goes when the thread ends."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    def __del__(self) -> None:
        self._lane.ends()


class Lines:
    """Time by line: where it went, and what held up the others."""

    name = "lines"

    def __init__(self, whose: Whose, loop: str | None, threshold: float = THRESHOLD) -> None:
        self._whose = whose
        self._threshold, self._loop_name, self._lost = threshold, loop, ""

    def begin(self) -> None:
        """Charge from here on. Raises Usage where somebody else profiles or traces this process."""
        self._cost = hooks.cost(Lane(self._whose, None, 0.0))
        self._strategy = get_ident()
        self._threads: dict[int, Lane] = {}
        self._own = original("_thread", "_local")()
        self._gil = Gil()
        self._still: FrameType | None = None
        self._hook = hooks.KIND(self)
        pause = self._hook.pause if hooks.is_main() else None
        self._loop = Lane(
            self._whose, self._threshold, self._cost, self._rivals, pause, self._turns, self._hook.slows, self._gil
        )
        self._switches = hooks.Switches(self._loop, self._hook.again)
        os.register_at_fork(after_in_child=self._forked)
        gc.callbacks.append(self._loop.collects)
        self._began = self._slept = now()
        self._switches.begin()
        self._hook.begin()
        self._lag, self._idle = (
            Lag(self._loop_name, self._clock, self._turned), Idle(self._loop_name, self._turned),
        )  # fmt: skip
        steps = STEPS.get(self._loop_name or "")
        self._steps, self._deafen = 0, steps(self._stepped) if steps else None

    def _turned(self) -> None:
        if self._loop.turns():
            self._hook.wake()

    def _stepped(self) -> None:
        self._steps += 1
        self._turned()

    def _turns(self) -> int:
        return self._lag.turns + self._idle.turns + self._steps

    def _clock(self) -> float:
        return float(now()) - self._loop.overhead - self._loop.preempted

    def _forked(self) -> None:
        """What a task forks is nobody's to look into."""
        self._hook.end()
        self._switches.end()

    def lane(self) -> Lane | None:
        """The thread that asks."""
        thread = get_ident()
        if thread == self._strategy:
            return None if self._loop.deaf else self._loop
        lane: Lane | None = getattr(self._own, "lane", None)
        return self._begun(thread) if lane is None and thread not in THREADS else lane

    def _begun(self, thread: int) -> Lane:
        lane = self._threads.get(thread)
        if lane and lane.native == native_id():  # it is about to end, and has nothing of its own any more
            return lane
        if lane:
            lane.begins()
        else:
            lane = self._threads[thread] = Lane(self._whose, None, self._cost, pause=self._hook.leave, gil=self._gil)
        self._own.lane, self._own.life = lane, Life(lane)
        return lane

    def _rivals(self) -> bool:
        return any(lane.in_python() for lane in list(self._threads.values()))

    def wakes(self) -> None:
        """A sampler looks at much: while it computes it has the GIL. Where it waited for that, so has the other one,
        which may get it too late."""
        moment = now()
        if (frame := stacks.of_threads().get(self._strategy)) is not None:
            self._loop.sample(frame, moment, moment - self._slept > 2 * EVERY)
        self._woke = thread_time()

    def sleeps(self) -> None:
        """It has looked."""
        self._loop.looked += thread_time() - self._woke
        self._slept = now()

    def look(self) -> None:
        """See at which lines threads are of which no event tells."""
        frames, moment = stacks.of_threads(), now()
        late = self._gil.looks(moment)
        for thread, lane in [(self._strategy, self._loop), *list(self._threads.items())]:
            if (frame := frames.get(thread)) is not None:
                lane.sample(frame, moment, late)
        self._gil.looked()
        self._hook.look()
        self._interrupt(frames.get(self._strategy))

    def _interrupt(self, frame: FrameType | None) -> None:
        """Have events told again, or not where code makes none and would only be slower for it. (A thread that waits is
        left alone: a signal would end what it waits in, if that is C which does not go on.)"""
        runs, still = self._loop.runs(), self._loop.is_still()
        if self._hook.paused:
            if runs and frame is not self._still:
                self._still = None
                self._hook.interrupt()
        elif self._hook.slows and runs and still:
            self._still = frame
            self._hook.interrupt()

    def end(self) -> None:
        """Charge no more."""
        self._ended = now()
        gc.callbacks.remove(self._loop.collects)
        if self._deafen:
            self._deafen()
        self._lag.end()
        self._idle.end()
        self._lost = self._hook.end() or ""
        self._switches.end()
        self._loop.finish()

    def seen(self) -> dict[str, Any]:
        """Seconds of the round (less what seeing took), of its thread's loop, and of each line."""
        loop, threads = self._loop, list(self._threads.values())
        wall = max(0.0, getattr(self, "_ended", now()) - self._began - loop.overhead)
        told = {"wall": wall, "busy": loop.busy, "idle": loop.idle, "preempted": loop.preempted}
        told |= {"contended": loop.contended, "collected": loop.collected}
        told |= {"loop": self._loop_name, "patched": facts.patched()}
        told |= {"elsewhere": loop.account.elsewhere, "overhead": loop.overhead, "lost": self._lost}
        told["lines"] = lines([loop])
        told["lag"] = self._lag.seen()
        told["small"] = small(loop)
        told["threads"] = {"count": sum(lane.threads for lane in threads), "lines": lines(threads)}
        told["threads"]["held"] = [at(*line) | {"seconds": held} for line, held in self._gil.held().items()]
        told["threads"]["overhead"] = sum(lane.overhead for lane in threads)
        return told | {"yields": dict(loop.yields.most_common(TOLD))}


def of_cell(cell: Prepared) -> Lines:
    """The lines of a cell's round."""
    return Lines(whose_of_cell(cell), cell.loop)


def of_function(function: Callable[..., Any] | None, threshold: float) -> Lines:
    """The lines of what runs here, whatever loop it runs in: the function's file is the user's."""
    return Lines(Whose(files(function)), None, threshold)


def whose_of_cell(cell: Prepared) -> Whose:
    """Who tells the user's lines in a cell, whose loop alone is the strategy's; of a strategy of the user's that names
    none, any may be."""
    unnamed = () if type(cell.strategy).__module__.startswith(OURS) else TURNS
    return Whose(files(cell.work.source), [cell.loop] if cell.loop else unnamed)


def files(source: Callable[..., Any] | None) -> frozenset[str]:
    """The file of a function of the user's, which is theirs wherever it lies."""
    code = getattr(underlying(source), "__code__", None) if source else None
    return frozenset({code.co_filename} if code else ())


def lines(lanes: list[Lane]) -> list[dict[str, Any]]:
    """What each line took, and with what: the costliest first."""
    calls: Counter[tuple[CodeType, int, str]] = Counter()
    found: dict[Any, Spent] = {}
    names: dict[CodeType, str] = {}
    for lane in lanes:
        calls.update(dict(lane.calls))
        names |= lane.names
        for key, spent in [*list(lane.account.spent.items()), *lane.under_way()]:
            into = found.setdefault(key, Spent())
            for name in Spent.__slots__:
                setattr(into, name, getattr(into, name) + getattr(spent, name))
    worth = [one for one in found.items() if one[1].computing + one[1].waiting >= WORTH]
    worth.sort(key=lambda one: -(one[1].computing + one[1].waiting))
    return [told(key, spent, names, calls) for key, spent in worth[:TOLD]]


def small(lane: Lane) -> float:
    """Seconds of the lines that are not told, each being too little."""
    spent = (one.computing + one.waiting for one in list(lane.account.spent.values()))
    return sum(seconds for seconds in spent if seconds < WORTH)


def told(key: Any, spent: Spent, names: dict[CodeType, str], calls: Any) -> dict[str, Any]:
    """A line as JSON has it."""
    callee = names.get(key.callee) if key.callee else None
    library = key.library and [key.library[0].co_filename, key.library[1], key.library[0].co_qualname]
    about = at(key.code, key.line) | {"callee": callee, "inside": key.inside, "library": library}
    about["awaits"] = bool(key.code.co_flags & AWAITS)
    about["calls"] = calls[key.code, key.line, callee or key.inside or ""]
    return about | {name: getattr(spent, name) for name in Spent.__slots__}


def at(code: CodeType, line: int) -> dict[str, Any]:
    """A line, and what it says, as JSON has it."""
    file = code.co_filename
    about = {"file": file, "line": line, "function": code.co_qualname}
    return about | {"source": source_of(Step(file, line))}
