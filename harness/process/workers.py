"""Workers as the parent knows them: a method for each question, a typed answer to each."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.process.channel import Failure
from harness.process.child import START_SECONDS, Child
from harness.process.orphans import sweep
from harness.record.plan import PlannedStrategy, Variant
from harness.record.sample import Leftover
from harness.worker.messages import (
    DescribeStrategy,
    DescribeWorkload,
    Done,
    Finish,
    Leave,
    Left,
    Mark,
    Prepare,
    Ready,
    RoundDone,
    RoundKind,
    RunRound,
    Serve,
    Stopped,
    StrategyDescribed,
    WorkloadDescribed,
)

Question = DescribeStrategy | DescribeWorkload
Described = StrategyDescribed | WorkloadDescribed | Failure
OURS = "harness."
MARK_SECONDS = 30.0


class Worker:
    """A cell's worker: prepared once, then told to run rounds, or a server until it is told to stop."""

    def __init__(
        self, strategy: PlannedStrategy, cpus: Sequence[int] = (), under: Sequence[str] = (),
        environment: Mapping[str, str] | None = None, memory_limit: int | None = None,
    ) -> None:  # fmt: skip
        """Start it. Raises Failure where that cannot be."""
        self._child = Child(strategy.prelude, strategy.variant, cpus, under, environment, memory_limit)

    @property
    def child(self) -> Child:
        """Its process."""
        return self._child

    def prepare(self, asked: Prepare) -> None:
        """Have it import what a cell needs and bring its runtime up (or serve, if it is a Serve), while others do."""
        self._child.tell(asked)

    def prepared(self, seconds: float = START_SECONDS) -> dict[str, Any]:
        """Wait until it is ready; return its facts. Raises Failure."""
        return self._child.wait(Ready, seconds).facts

    def round(self, kind: RoundKind, seconds: float) -> RoundDone:
        """Run one round. Raises Failure."""
        self.begin_round(kind)
        return self.round_ended(seconds)

    def begin_round(self, kind: RoundKind, size: Sequence[int] | None = None, snapshots: str | None = None) -> None:
        """Have it run one round, of a size (tasks, most in flight) from now on, while others do. What it sees may be
        put into a file meanwhile."""
        self._child.tell(RunRound(kind, size, snapshots))

    def round_ended(self, seconds: float) -> RoundDone:
        """Wait until the round is done. Raises Failure."""
        return self._child.wait(RoundDone, seconds)

    def has_ended(self, seconds: float) -> bool:
        """Whether the round is done, or it has failed, within so long."""
        return self._child.has_said(seconds)

    def mark(self, seconds: float = MARK_SECONDS) -> None:
        """Have it make a mark for what counts its instructions. Raises Failure."""
        self._child.ask(Mark(), Done, seconds)

    def close(self, seconds: float) -> None:
        """Have it close what the user's code opened. Raises Failure."""
        self._child.ask(Finish(), Done, seconds)

    def left(self, seconds: float) -> dict[str, Any]:
        """What its rounds left behind; there will be no more. Raises Failure."""
        return self._child.ask(Leave(), Left, seconds).left

    def finish(self, seconds: float) -> None:
        """Let it end by itself. Raises Failure where it does not."""
        self._child.finish(seconds)

    def stopped(self) -> None:
        """Wait, for ever, until a server stops. Raises Failure where it fails."""
        self._child.wait(Stopped, None)

    def stop_serving(self, seconds: float) -> None:
        """Have a server stop, and wait until it has. Raises Failure."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._child.signal(signal.SIGTERM)  # again and again: a loop that is just falling asleep may not notice
            if self._child.has_said(0.2):
                break
        self._child.wait(Stopped, max(0.0, deadline - time.monotonic()))

    def last_words(self, seconds: float) -> Failure | None:
        """Why a server serves no longer, if it does not."""
        if not self._child.has_said(seconds):
            return None
        try:
            self._child.wait(Stopped, seconds)
        except Failure as failure:
            return failure
        return Failure("failed", "it stopped serving")

    def stop(self) -> None:
        """End it."""
        self._child.stop()

    def left_behind(self) -> list[Leftover]:
        """What it left running when it was stopped, once that is ended."""
        return self._child.left_behind()


def prepare(strategy: PlannedStrategy, **cell: Any) -> Prepare:
    """What a worker is asked for a cell under a strategy, where that is: in its variant's folder, if it has one."""
    asked: dict[str, Any] = {"strategy": strategy.target, "slowdown": strategy.slowdown} | cell
    if variant := strategy.variant:
        asked |= {name: variant.at(asked[name]) for name in ("strategy", "workload")}
        asked["folder"] = variant.folder
    return (Serve if "address" in asked else Prepare)(**asked)


def describe(
    asked: Sequence[Question], paths: Sequence[str] = (), variant: Variant | None = None,
    memory_limit: int | None = None,
) -> list[Described]:  # fmt: skip
    """Ask (in a variant) what strategies and workloads are; a Failure is an answer too.

    One worker answers for all that are ours. What is somebody else's has one each: they may all be called the same."""
    batches = [[one for one in asked if one.target.startswith(OURS)]]
    batches += [[one] for one in asked if not one.target.startswith(OURS)]
    children: list[tuple[Child, list[Question]]] = []
    said: dict[int, Described] = {}
    try:
        for batch in filter(None, batches):
            try:
                children.append((Child(variant=variant, memory_limit=memory_limit), batch))
            except Failure as failure:  # there are no descriptors, no memory
                said |= dict.fromkeys(map(id, batch), failure)
                continue
            for one in batch:
                one.paths = paths
                children[-1][0].tell(one)
        for child, batch in children:
            said |= _answers(child, batch)
    finally:
        for child, _ in children:
            child.stop()
        sweep()
    return [said[id(one)] for one in asked]


def _answers(child: Child, batch: Iterable[Question]) -> dict[int, Described]:
    said: dict[int, Described] = {}
    for one in batch:
        kind: Any = StrategyDescribed if isinstance(one, DescribeStrategy) else WorkloadDescribed
        try:
            said[id(one)] = child.wait(kind, START_SECONDS)
        except Failure as failure:
            said[id(one)] = failure
    return said
