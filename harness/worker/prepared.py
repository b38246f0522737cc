"""A strategy and a workload, ready to run rounds, and one round of them."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from harness.strategies.base import AsyncStrategy
from harness.strategies.notes import with_note
from harness.worker import children, facts, roots, rounds, tally, unfinished
from harness.worker.aside import Aside
from harness.worker.leftovers import Leftovers
from harness.worker.loops import Watched, kind_of
from harness.worker.messages import Done, Failed, Left, Prepare, Ready, RoundDone, RunRound
from harness.worker.options import build
from harness.worker.steps import Steps, step
from harness.worker.tally import Tally
from harness.worker.targets import check_contract, is_ours, load, look_in
from harness.worker.unfinished import Unawaited
from harness.worker.values import digest
from harness.worker.watch import Watch
from harness.workloads.base import FAILED, Peer, Workload
from harness.workloads.function import decided
from harness.workloads.signature import underlying

if TYPE_CHECKING:
    from harness.worker.functions import Functions
    from harness.worker.marks import Marks
    from harness.worker.tracing import Traced
    from harness.worker.why import Explained

FULL_COLLECTION_DUE = 5
"""Collections of the younger generations after which the oldest is collected as well, before a round: the collector
itself would do it after ten, within one."""

COPIES_SECONDS = 1.0
"""What copies of the worker have to show, when its rounds are over, whether they run on."""


def imported(asked: Prepare) -> tuple[Any, Workload]:
    """A strategy and a workload: ours first, so that nothing of the user's takes a library's place. Raises Usage."""
    roots.move(asked.folder)
    found = {target: load(target) for target in (asked.strategy, asked.workload) if is_ours(target)}
    if len(found) < 2:
        look_in([roots.moved(path, asked.folder) if asked.folder else path for path in asked.paths])
    for target in (asked.strategy, asked.workload):
        if target not in found:
            found[target] = load(target)
        check_contract(target, found[target])
    strategy = with_note(found[asked.strategy](**(asked.strategy_options or {})))
    return strategy, build(found[asked.workload], asked.options)


class Prepared:
    """A strategy and a workload, ready to run rounds once `ready` is done: within the loop, if there is one."""

    def __init__(self, asked: Prepare) -> None:
        self.strategy, self.workload = imported(asked)
        self.is_async = isinstance(self.strategy, AsyncStrategy)
        self.count, self.concurrency = asked.tasks, asked.concurrency or asked.tasks
        address = asked.peer_address
        peer = Peer((address[0], address[1]), asked.peer_authority) if address else None
        self.work = self.workload.bound(self.strategy, peer)
        self.task = self.work.bind(self.strategy)
        self.slowdown, self.tallies = asked.slowdown, asked.tallies
        self.loop = self.strategy.loop
        """The kind of loop that tasks run on: as it says, or as they were found."""
        self.in_round = self.told_each = False
        self.unawaited = Unawaited()
        self.why: Explained | None = None
        """Of the round that is explained."""
        self.watch: Watch | None = None
        """Of the last round that was watched: what a task forked may run on after it."""
        self._asked, self._opened = asked, False
        rounds.keep_on(asked.cpus)
        self.aside, self.leftovers = Aside(), Leftovers()
        self._marks: Marks | None = None
        self._functions: Functions | None = None

    def left(self) -> Left | Failed:
        """What the rounds left behind, when they are over; what failed beside them since, if anything did."""
        children.wait_for_copies(COPIES_SECONDS)
        if self.watch and (again := self.watch.twice()):
            return Failed("invalid", f"{again} tasks ran more than once: in a copy that a task forked")
        gc.collect()
        self.aside.look()
        return self.aside.failed() or Left(self.leftovers.found(self.aside))

    def marked(self) -> Done:
        """Make a mark for what counts this process's instructions."""
        self.marks().write()
        return Done()

    def marks(self) -> Marks:
        """What makes them."""
        from harness.worker.marks import Marks  # no worker that is timed needs it

        self._marks = self._marks or Marks()
        return self._marks

    def charged(self) -> Functions:
        """What says which function runs how many instructions."""
        from harness.worker.functions import Functions

        self._functions = self._functions or Functions(self.marks())
        return self._functions

    def ready(self) -> Steps[Ready]:
        """Bring the runtime up (hub, loop), so that its cost is no task's, and open what the tasks use."""
        primed = self.strategy.run(async_loop_in_use if self.is_async else facts.loop_of_a_task, 1, 1)
        loop = (yield primed) if self.is_async else primed
        yield from step("open", self.work.open)
        self._opened = True
        self.leftovers = Leftovers()  # what was opened is meant to stay
        named = loop[0] if isinstance(loop[0], str) else None  # a strategy may return anything
        if self.is_async:
            self.loop = kind_of(named) or self.loop
        said = {"loop": named, "client": self.workload.client_library(self.strategy), "closes": self.work.closes}
        said["form"] = getattr(underlying(self.work.source), "__name__", None) if self.work.compared else None
        return Ready(said | facts.facts(self.strategy) | self._loaded())

    def _loaded(self) -> dict[str, Any]:
        """What of a variant's folder was loaded."""
        return roots.loaded(self._asked.folder, (self._asked.strategy, self._asked.workload))

    def closed(self) -> Steps[Done]:
        """Close what was opened, once."""
        if self._opened:
            self._opened = False
            self.aside.look()  # once it has cancelled a task that failed, nobody can tell
            yield from step("close", self.work.close)
        return Done()

    def abandoned(self) -> Steps[None]:
        """End a round that failed: what fails in it, and failed beside it, is not told."""
        if self.why:
            why, self.why = self.why, None
            why.end()
        self.aside.forget()
        if self.in_round:
            self.in_round = False
            with contextlib.suppress(Exception):
                yield from step("after", self.work.end)

    def ended(self) -> Steps[None]:
        """End and close what is open when nobody asks for more: what fails in it is not told."""
        yield from self.abandoned()
        with contextlib.suppress(Exception):
            yield from self.closed()


async def async_loop_in_use(index: int) -> str | None:
    """A task that says which loop tasks find themselves on."""
    return facts.loop_in_use()


def explained(cell: Prepared, asked: RunRound) -> Explained:
    """What sees why a round takes as long as it does."""
    from harness.worker.why import Explained  # no worker that is timed needs it

    return Explained(cell, asked.kind, asked.snapshots)


def traced(cell: Prepared, asked: RunRound) -> Traced:
    """What sees when each task runs, and what it waits for."""
    from harness.worker.tracing import Traced

    return Traced(cell, asked.snapshots)


class Turn:
    """One round: all the tasks of a cell, once."""

    def __init__(self, cell: Prepared, asked: RunRound) -> None:
        cell.count, cell.concurrency = asked.size or (cell.count, cell.concurrency)
        self._cell, self._kind = cell, asked.kind
        self._tally = Tally(cell.task, cell.is_async) if asked.kind == "tallied" or cell.tallies else None
        task = self._tally.task if self._tally else cell.task
        self._functions = cell.charged() if asked.kind == "attributed" else None
        task = self._functions.bound(task) if self._functions and not cell.is_async else task
        self._why = explained(cell, asked) if asked.kind in ("explained", "sampled") else None
        self._trace = traced(cell, asked) if asked.kind == "traced" else None
        task = self._trace.task if self._trace else task
        self._watch = Watch(task, cell.count, cell.is_async) if asked.kind == "observed" else None
        cell.watch = self._watch or cell.watch
        self.task: Callable[[int], Any] = self._watch.task if self._watch else task
        self.clock = rounds.Clock(cell.slowdown)
        """Runs from the first spawn to the last join."""

    def begun(self) -> Steps[None]:
        """What comes before the clock starts."""
        if self._kind in ("timed", "observed"):
            gc.collect(1 if gc.get_count()[2] < FULL_COLLECTION_DUE else 2)
        rounds.forget_peak()
        self._cell.aside.listen()
        self._cell.leftovers.begin()
        yield from step("before", self._cell.work.begin)
        self._cell.in_round = True
        self._before = rounds.resident_bytes()
        self._loop: Watched | None = None
        if self._functions:
            self._functions.begin()
        if self._watch:
            with contextlib.suppress(Exception):  # a strategy of the user's may run on another loop than it says
                self._loop = Watched(self._cell.loop)
        if self._why:
            self._why.begin()
            self._cell.why = self._why
        if self._trace:
            self._trace.begin()

    def ended(self, values: list[Any]) -> Steps[RoundDone | Failed]:
        """What it took. Values that prove nothing make it invalid."""
        if self._functions:
            self._functions.end()
        if self._why:
            self._cell.why = None
            self._why.end()
        looped = self._loop.end() if self._loop else {}
        if self._trace:
            self._trace.end()
        cell, work = self._cell, self._cell.work
        cell.leftovers.outlived()
        peak = rounds.peak_bytes()
        cell.in_round = False
        yield from step("after", work.end)
        if self._kind in ("warmup", "counted", "attributed"):
            gc.collect()
        cell.leftovers.end()
        values = self._watch.values(values) if self._watch else values
        values = self._tally.values(values) if self._tally else values
        failed = self._tally.failed() if self._tally else {}
        if self._watch and (idle := self._watch.never_begun()):
            return Failed("invalid", f"{idle} of {cell.count} tasks never ran")
        good = [value for value in values if value is not FAILED] if failed else values
        unawaited = cell.unawaited.said(work.source)
        if unrun := cell.aside.failed(good) or unfinished.found(good, work.source, cell.is_async) or unawaited:
            return unrun
        wrong = (
            (yield from step("check", tally.wrong, work, values)) if len(values) == cell.count else "values are missing"
        )
        if wrong:
            return Failed("invalid", wrong)
        cell.task = decided(cell.task)
        whole, each = digest(values) if work.compared and not failed else (None, None)
        first, cell.told_each = not cell.told_each, cell.told_each or each is not None
        seen = self._watch.seen() | {"notes": work.notes(good)} | looped if self._watch else None
        seen = {"why": self._why.seen()} if self._why else seen
        done = RoundDone(
            **self.clock.took(), peak_memory_bytes=peak, grown_bytes=max(0, peak - self._before), seen=seen
        )
        done.values, done.each, done.failed = whole, each if first else None, failed
        done.replies, done.traceback = work.replies(values), self._tally.traceback if self._tally else None
        done.functions = self._functions.named() if self._functions else ()
        return done
