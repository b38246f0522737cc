"""What a strategy under the harness costs, as a multiple of the same thing written by hand (`by_hand.py`).

A worker of ours and a process by hand live at once on one core, with the peer on the other, and run rounds in turn, in
an order drawn from a seed. In every block both are fresh processes: one keeps its luck with memory while it lives.
`python -m tests.benchmarks.fidelity [STRATEGY ...] [WORKLOAD ...]` prints the table. With `--engine` a scheduler and a
worker of Dask run beside it, which nobody hushes."""

from __future__ import annotations

import contextlib
import json
import math
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from tabulate import tabulate

from harness import strategies, workloads
from harness.process.peers import RunningPeer
from harness.process.workers import Worker, prepare
from harness.record.plan import PlannedStrategy
from harness.statistics.paired import Rounds, log_ratios, one_sample
from harness.worker.messages import RoundKind
from tests.benchmarks.environment import number, refuse
from tests.benchmarks.quietness import engine

BY_HAND = Path(__file__).with_name("by_hand.py")
BLOCKS = number("HARNESS_FIDELITY_BLOCKS")
TURNS = 6
"""Rounds of each in a block."""
SEED = number("HARNESS_FIDELITY_SEED")
MOST = 1.02
STRATEGIES = ("gevent", "gevent-patched", "threads", "asyncio")
WORKLOADS: dict[str, dict[str, Any]] = {
    "sleep": {"tasks": 10_000, "concurrency": 10_000, "options": {"seconds": 0.5}},
    "http": {"tasks": 2_000, "concurrency": 100, "options": {"latency": 0.0, "size": 1024, "tls": False}},
    "echo": {"tasks": 500, "concurrency": 500, "options": {"messages": 20, "size": 64}},
}
PATCHED = "gevent.monkey:patch_all"  # `describe` would ask, and sweep the peer away
PRELUDES = {("gevent-patched", workload): PATCHED for workload in WORKLOADS} | {
    ("threads", "sleep"): "patient:wait"  # as by hand, from this folder (`main`)
}
PEERS = {"http": "harness.workloads.peers.http", "echo": "harness.workloads.peers.echo"}
HEADINGS = (
    "strategy",
    "workload",
    "blocks",
    "wall ratio",
    "95 % interval",
    "CPU ratio",
    "95 % interval",
    "CPU by hand",
)
ENGINE = "--engine"
ROUND_SECONDS = 120.0
KEPT_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(1 << 30), "MALLOC_MMAP_THRESHOLD_": str(1 << 30)}
"""glibc gives free memory back to the kernel where it lies at the top of the heap, by luck: a round of 10,000 greenlets
then has 13,000 page faults or 18,000, as long as the code remains the same."""


@dataclass(frozen=True)
class Took:
    """What one round took, in seconds."""

    wall: float
    cpu: float


class Harness:
    """A real worker, started as a run starts it."""

    def __init__(self, strategy: str, workload: str, peer: RunningPeer | None, cpus: list[int]) -> None:
        planned = PlannedStrategy(strategy, strategies.BUILT_IN[strategy], PRELUDES.get((strategy, workload)))
        where = {"peer_address": peer.where.address, "peer_authority": peer.where.authority} if peer else {}
        self._worker = Worker(planned, environment=KEPT_MEMORY)
        cell = WORKLOADS[workload] | {"workload": workloads.BUILT_IN[workload], "cpus": cpus} | where
        self._worker.prepare(prepare(planned, **cell))
        self._worker.prepared(ROUND_SECONDS)

    def round(self, kind: RoundKind = "timed") -> Took:
        took = self._worker.round(kind, ROUND_SECONDS)
        return Took(took.wall_seconds, took.cpu_user_seconds + took.cpu_system_seconds)

    def stop(self) -> None:
        self._worker.stop()


class ByHand:
    """The same without the harness."""

    def __init__(self, strategy: str, workload: str, peer: RunningPeer | None, cpus: list[int]) -> None:
        where = [str(part) for part in peer.where.address] if peer else []
        ours = os.sched_getaffinity(0)
        try:
            os.sched_setaffinity(0, cpus)  # inherited, as `Child` does it
            self._child = subprocess.Popen(
                [sys.executable, str(BY_HAND), strategy, workload, *where],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ | KEPT_MEMORY,
                start_new_session=True,  # as a terminal has it; the kernel schedules by sessions, at a price
            )
        finally:
            os.sched_setaffinity(0, ours)

    def round(self) -> Took:
        assert self._child.stdin
        assert self._child.stdout
        self._child.stdin.write("\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        if not line:
            raise RuntimeError(f"by_hand.py ended with status {self._child.wait()}")
        return Took(**json.loads(line))

    def stop(self) -> None:
        self._child.kill()
        self._child.communicate()


class Ratio(NamedTuple):
    """Ours as a multiple of by hand, with its 95 % interval; below 6 blocks that is the range of them."""

    estimate: float
    low: float
    high: float

    def shown(self) -> tuple[str, str]:
        return f"{self.estimate:.3f}", f"{self.low:.3f} to {self.high:.3f}"


def ratio(blocks: Sequence[float]) -> Ratio:
    """Of the log-ratios of some blocks."""
    return Ratio(**{name: math.exp(one) for name, one in one_sample(blocks).items()})


class Duel:
    """A worker and its double by hand, with the rounds of both, block by block: a block is a pair of processes."""

    def __init__(self, strategy: str, workload: str) -> None:
        self.strategy, self.workload = strategy, workload
        self._random = random.Random(f"{SEED} {strategy} {workload}")
        self._rounds: dict[str, list[Took]] = {"harness": [], "by hand": []}
        self._places: dict[str, list[int]] = {"harness": [], "by hand": []}
        self._hand_first = False
        self._stops: list[Any] = []

    def __enter__(self) -> Duel:
        return self

    def __exit__(self, *_: object) -> None:
        for one in reversed(self._stops):
            one.stop()
        self._stops = []

    def _start(self) -> None:
        """Both afresh, and their peer, with a warm-up behind them."""
        self.__exit__()
        cores = sorted(os.sched_getaffinity(0))
        near, far = cores[:1], cores[-1:]
        module = PEERS.get(self.workload)
        peer = RunningPeer(module, WORKLOADS[self.workload]["options"], far) if module else None
        self._stops += [peer] if peer else []
        self._ours = Harness(self.strategy, self.workload, peer, near)
        self._stops.append(self._ours)
        self._theirs = ByHand(self.strategy, self.workload, peer, near)
        self._stops.append(self._theirs)
        self._ours.round("warmup"), self._theirs.round()

    def before(self) -> None:
        """Draw who goes first; run the other one's round where it is the other one."""
        if len(self._rounds["harness"]) % TURNS == 0:
            self._start()
        self._hand_first = self._random.random() < 0.5
        if self._hand_first:
            self._run("by hand", self._theirs)

    def ours(self) -> None:
        """The harness's round of this turn."""
        self._run("harness", self._ours)

    def after(self) -> None:
        """The round by hand, where it has not been."""
        if not self._hand_first:
            self._run("by hand", self._theirs)

    def _run(self, side: str, one: Harness | ByHand) -> None:
        self._places[side].append(sum(len(places) for places in self._places.values()) % (2 * TURNS))
        self._rounds[side].append(one.round())

    def ratio(self, what: str) -> Ratio:
        """Of `wall` or `cpu`."""
        return ratio(log_ratios(self._blocks("harness", what), self._blocks("by hand", what)))

    def _blocks(self, side: str, what: str) -> dict[int, Rounds]:
        values = [getattr(took, what) for took in self._rounds[side]]
        return {
            first: Rounds(values[first : first + TURNS], self._places[side][first : first + TURNS])
            for first in range(0, len(values), TURNS)
        }

    def row(self) -> tuple[Any, ...]:
        """What the table says of it."""
        cpu = median(took.cpu for took in self._rounds["by hand"])
        wall_and_cpu = *self.ratio("wall").shown(), *self.ratio("cpu").shown()
        blocks = len(self._rounds["harness"]) // TURNS
        return self.strategy, self.workload, blocks, *wall_and_cpu, f"{cpu * 1000:.0f} ms"


def table(rows: list[tuple[Any, ...]]) -> str:
    """The rows of duels, as text."""
    return tabulate(rows, HEADINGS, disable_numparse=True)


def main() -> None:
    """Measure all, and print."""
    asked = set(sys.argv[1:]) - {ENGINE}
    if unknown := asked.difference(STRATEGIES, WORKLOADS):
        refuse(f"there is no {', '.join(sorted(unknown))}: {', '.join([*STRATEGIES, *WORKLOADS])}")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(BY_HAND.parent), os.environ.get("PYTHONPATH", "")]).rstrip(
        os.pathsep
    )
    rows = []
    with contextlib.ExitStack() as stack:
        if ENGINE in sys.argv:
            stack.enter_context(engine(Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        stack.callback(lambda: print(table(rows)))
        for strategy in asked.intersection(STRATEGIES) or STRATEGIES:
            for workload in asked.intersection(WORKLOADS) or WORKLOADS:
                with Duel(strategy, workload) as duel:
                    for _ in range(BLOCKS * TURNS):
                        duel.before()
                        duel.ours()
                        duel.after()
                rows.append(duel.row())
                print(*rows[-1], file=sys.stderr)


if __name__ == "__main__":
    main()
