"""Runs a plan: blocks of fresh workers, their rounds interleaved in random order, each sample stored at once."""

from __future__ import annotations

import math
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import msgspec

from harness import launch
from harness.record import End, Ending, Group, Line, Observed, Plan, Round, Sample, Status, Strategy

ENOUGH_SECONDS = 0.1
MOST_ROUNDS = 3


class Sink(Protocol):
    """Where samples go."""

    def append(self, line: Line) -> None:
        """Keep a line."""


class Ledger:
    """What the seconds of a run go into."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(("starts", "warm-ups", "rounds", "observed", "ours"), 0.0)
        self._began = time.monotonic()

    @contextmanager
    def spend(self, on: str) -> Iterator[None]:
        """Book what runs inside."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[on] += time.monotonic() - began

    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._began

    def closed(self) -> dict[str, float]:
        """The books: what is booked nowhere else is ours."""
        booked = sum(seconds for on, seconds in self.seconds.items() if on != "ours")
        return self.seconds | {"ours": self.elapsed() - booked, "all": self.elapsed()}


class Cell:
    """A cell within one block: its worker, and what came of it so far."""

    def __init__(self, place: tuple[int, int, int], strategy: Strategy, cpus: Sequence[int], timeout: float) -> None:
        self.place, self._timeout = place, timeout
        self._worker = launch.worker(strategy.prelude, cpus)
        self._facts: dict[str, Any] = {}
        self._rounds: dict[str, list[Round]] = {"warmup": [], "timed": []}
        self._observed: Observed | None = None
        self._outcome: tuple[Status, str] | None = None

    @property
    def running(self) -> bool:
        """Whether it can go on."""
        return self._outcome is None

    def prepare(self, job: dict[str, Any]) -> None:
        """Have the worker import what it needs and bring its runtime up."""
        answer = self._ask(job | {"do": "prepare"}, launch.START_SECONDS)
        self._facts = answer.get("ready", {})

    def round(self, kind: str, position: int = 0) -> float:
        """Run one round; return its seconds."""
        answer = self._ask({"do": kind}, self._timeout).get("round")
        if answer is None:
            return 0.0
        try:
            done = msgspec.convert(answer | {"position": position}, Observed if kind == "observed" else Round)
        except msgspec.ValidationError as error:
            self._outcome = "failed", f"its answer was unusable: {error}"
            return 0.0
        if isinstance(done, Observed):
            self._observed = done
            if done.begun_twice:
                self._outcome = "invalid", f"{done.begun_twice} tasks ran more than once"
        else:
            self._rounds[kind].append(done)
        return done.wall_seconds

    def wanted(self, asked: int | None) -> int:
        """Timed rounds for a sample: as asked, or as many as fill a tenth of a second, at most three."""
        warm = self._rounds["warmup"][-1].wall_seconds if self._rounds["warmup"] else ENOUGH_SECONDS
        return asked or min(MOST_ROUNDS, math.ceil(ENOUGH_SECONDS / max(warm, 1e-6)))

    def sample(self) -> Sample:
        """What the record keeps of it."""
        status, reason = self._outcome or ("ok", None)
        return Sample(
            *self.place,
            status=status,
            reason=reason,
            facts=self._facts,
            warmups=self._rounds["warmup"],
            rounds=self._rounds["timed"],
            observed=self._observed,
        )

    def fail(self, failure: launch.Failure) -> None:
        """Give it up."""
        self._outcome = failure.status, str(failure)

    def stop(self) -> None:
        """End the worker."""
        self._worker.stop()

    def _ask(self, message: dict[str, Any], seconds: float) -> dict[str, Any]:
        try:
            answer = self._worker.ask(message, seconds)
        except launch.Failure as failure:
            self.fail(failure)
            return {}
        if "status" in answer:
            self._outcome = answer["status"], answer["reason"]
        return answer


class Measurement:
    """One run of a plan."""

    def __init__(self, plan: Plan, sink: Sink, tell: Callable[[str], None]) -> None:
        self._plan, self._sink, self._tell = plan, sink, tell
        self._random = random.Random(plan.seed)
        self._lost = {
            (g, s)
            for g, group in enumerate(plan.groups)
            for s, strategy in enumerate(plan.strategies)
            if group.status != "ok" or strategy.status != "ok"
        }
        self.ledger = Ledger()
        self.blocks = 0
        self._left_behind = 0

    def run(self) -> None:
        """Measure block after block until there are enough, or the time is up. Raises StoreError."""
        longest = 0.0
        for block in range(self._plan.blocks):
            began = self.ledger.elapsed()
            if self._plan.max_time and block and began + longest > self._plan.max_time:
                break
            for number in range(len(self._plan.groups)):
                self._block(block, number)
            self.blocks += 1
            longest = max(longest, self.ledger.elapsed() - began)

    def end(self, interrupted: bool = False) -> End:
        """How the run ended, for the record."""
        status: Ending = "interrupted" if interrupted else "partial" if self._lost else "complete"
        return End(status, self.blocks, self.ledger.closed(), self._left_behind)

    def _block(self, block: int, number: int) -> None:
        group = self._plan.groups[number]
        places = [(number, s, block) for s in range(len(self._plan.strategies)) if (number, s) not in self._lost]
        if not places:
            return
        self._tell(f"block {block + 1} of at most {self._plan.blocks}, {group.workload}: starting")
        near, far = cpus(self._plan.pin, bool(group.peer_module))
        peer: launch.Peer | None = None
        cells: list[Cell] = []
        try:
            with self.ledger.spend("starts"):
                if group.peer_module:
                    peer = launch.Peer(group.peer_module, group.options, far)
                for place in places:  # one by one: `finally` stops those that did start
                    cells.append(Cell(place, self._plan.strategies[place[1]], near, self._plan.timeout))  # noqa: PERF401
                self._prepare(cells, group, peer)
            self._measure(cells, f"block {block + 1} of at most {self._plan.blocks}, {group.workload}")
        except launch.Failure as failure:
            for place in places:
                self._keep(Sample(*place, status="failed", reason=str(failure)))
        finally:
            for cell in cells:
                cell.stop()
            if peer:
                peer.stop()
            self._left_behind += launch.sweep()

    def _prepare(self, cells: list[Cell], group: Group, peer: launch.Peer | None) -> None:
        for cell in cells:
            cell.prepare(
                {
                    "strategy": self._plan.strategies[cell.place[1]].target,
                    "workload": group.target,
                    "options": group.options,
                    "tasks": group.tasks,
                    "concurrency": group.concurrency,
                    "peer": peer.where if peer else None,
                }
            )

    def _measure(self, cells: list[Cell], title: str) -> None:
        """Warm-ups, then the timed rounds in random order, then one watched round of each."""
        books = self.ledger.seconds
        for _ in range(self._plan.warmup):
            for cell in cells:
                self._tell(f"{title}: warming up")
                books["warm-ups"] += cell.round("warmup") if cell.running else 0.0
        due = {cell: cell.wanted(self._plan.rounds) for cell in cells if cell.running}
        position = 0
        while due:
            order = list(due)
            self._random.shuffle(order)
            for cell in order:
                self._tell(f"{title}: round {position + 1}")
                books["rounds"] += cell.round("timed", position)
                position += 1
                due[cell] -= 1
                if not due[cell] or not cell.running:
                    del due[cell]
        for cell in cells:
            if cell.running:
                books["observed"] += cell.round("observed")
            self._keep(cell.sample())

    def _keep(self, sample: Sample) -> None:
        if sample.status != "ok":
            self._lost.add((sample.group, sample.strategy))
        self._sink.append(sample)


def cpus(pin: str, has_peer: bool) -> tuple[list[int], list[int]]:
    """The cores of a worker and of its peer: halves of what we have, or all for both ([])."""
    ours = sorted(os.sched_getaffinity(0))
    if pin == "none" or not has_peer or len(ours) < 2:
        return [], []
    return ours[: len(ours) // 2], ours[len(ours) // 2 :]
