"""What a strategy under the harness costs, as a multiple of the same thing written by hand (`by_hand.py`).

A worker of ours and a process by hand live at once on one core, with the peer on the other, and run rounds in turn, in
an order drawn from a seed. Every few pairs both start afresh: a process keeps its luck with memory while it lives.
`python tests/benchmarks/fidelity.py [STRATEGY ...]` prints the table."""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tabulate import tabulate

import strategies
import workloads
from harness import launch
from harness.peer import Peer

BY_HAND = Path(__file__).with_name("by_hand.py")
PAIRS = int(os.environ.get("HARNESS_FIDELITY_PAIRS", "10"))
SEED = int(os.environ.get("HARNESS_FIDELITY_SEED", "1"))
MOST = 1.02
PAIRS_OF_A_PROCESS = 3
STRATEGIES = ("gevent", "gevent-patched", "threads", "asyncio")
WORKLOADS: dict[str, dict[str, Any]] = {
    "sleep": {"tasks": 10_000, "concurrency": 10_000, "options": {"seconds": 0.5}},
    "http": {"tasks": 2_000, "concurrency": 100, "options": {"latency": 0.0, "size": 1024, "tls": False}},
    "echo": {"tasks": 500, "concurrency": 500, "options": {"messages": 20, "size": 64}},
}
PRELUDES = {"gevent-patched": "gevent.monkey:patch_all"}  # `launch.describe` would sweep the peer away
PEERS = {"http": "workloads.peers.http", "echo": "workloads.peers.echo"}
HEADINGS = ("strategy", "workload", "pairs", "wall ratio", "95 % interval", "CPU ratio", "95 % interval", "CPU by hand")
ROUND_SECONDS = 120.0


@dataclass(frozen=True)
class Took:
    """What one round took, in seconds."""

    wall: float
    cpu: float


class Harness:
    """A real worker, started as a run starts it."""

    def __init__(self, strategy: str, workload: str, peer: Peer | None, cpus: list[int]) -> None:
        self._worker = launch.worker(PRELUDES.get(strategy))
        self._ask(
            WORKLOADS[workload]
            | {"do": "prepare", "strategy": strategies.BUILT_IN[strategy], "workload": workloads.BUILT_IN[workload]}
            | {"peer": peer.where if peer else None, "cpus": cpus}
        )

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        answer = self._worker.ask(message, ROUND_SECONDS)
        if "status" in answer:
            raise RuntimeError(f"the worker said {answer}")
        return answer

    def round(self) -> Took:
        took = self._ask({"do": "timed"})["round"]
        return Took(took["wall_seconds"], took["cpu_user_seconds"] + took["cpu_system_seconds"])

    def stop(self) -> None:
        self._worker.stop()


class ByHand:
    """The same without the harness."""

    def __init__(self, strategy: str, workload: str, peer: Peer | None, cpus: list[int]) -> None:
        where = [str(part) for part in peer.where["address"]] if peer else []
        ours = os.sched_getaffinity(0)
        try:
            os.sched_setaffinity(0, cpus)  # inherited, as `launch` does it
            self._child = subprocess.Popen(
                [sys.executable, str(BY_HAND), strategy, workload, *where],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
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


@dataclass
class Ratio:
    """The median of paired ratios, and its interval from order statistics (the sign test turned round)."""

    ratios: list[float]

    @property
    def estimate(self) -> float:
        return median(self.ratios)

    @property
    def interval(self) -> tuple[float, float]:
        """At least 95 %. Fewer than 6 pairs cannot be that sure of anything."""
        ordered, n = sorted(self.ratios), len(self.ratios)
        if n < 6:
            return 0.0, math.inf
        cut = 0  # how many may be left out at each end
        while 2 * sum(math.comb(n, k) for k in range(cut + 2)) <= 0.05 * 2**n:
            cut += 1
        return ordered[cut], ordered[n - 1 - cut]

    def shown(self) -> tuple[str, str]:
        low, high = self.interval
        return f"{self.estimate:.3f}", f"{low:.3f} to {high:.3f}"


@dataclass
class Duel:
    """A worker and its double by hand, with the rounds of both."""

    strategy: str
    workload: str
    harness: list[Took] = field(default_factory=list)
    by_hand: list[Took] = field(default_factory=list)
    _hand_first: bool = False

    _stops: list[Any] = field(default_factory=list)

    def __enter__(self) -> Duel:
        self._random = random.Random(f"{SEED} {self.strategy} {self.workload}")
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
        peer = Peer(module, WORKLOADS[self.workload]["options"], far) if module else None
        self._stops += [peer] if peer else []
        self._ours = Harness(self.strategy, self.workload, peer, near)
        self._stops.append(self._ours)
        self._theirs = ByHand(self.strategy, self.workload, peer, near)
        self._stops.append(self._theirs)
        self._ours.round(), self._theirs.round()

    def before(self) -> None:
        """Draw who goes first; run the other one's round where it is the other one."""
        if len(self.harness) % PAIRS_OF_A_PROCESS == 0:
            self._start()
        self._hand_first = self._random.random() < 0.5
        if self._hand_first:
            self.by_hand.append(self._theirs.round())

    def ours(self) -> None:
        """The harness's round of this pair."""
        self.harness.append(self._ours.round())

    def after(self) -> None:
        """The round by hand, where it has not been."""
        if not self._hand_first:
            self.by_hand.append(self._theirs.round())

    def ratio(self, what: str) -> Ratio:
        """Of `wall` or `cpu`."""
        both = zip(self.harness, self.by_hand, strict=True)
        return Ratio([getattr(ours, what) / getattr(theirs, what) for ours, theirs in both])

    def row(self) -> tuple[Any, ...]:
        """What the table says of it."""
        cpu = median(took.cpu for took in self.by_hand)
        wall_and_cpu = *self.ratio("wall").shown(), *self.ratio("cpu").shown()
        return self.strategy, self.workload, len(self.harness), *wall_and_cpu, f"{cpu * 1000:.0f} ms"


def table(rows: list[tuple[Any, ...]]) -> str:
    """The rows of duels, as text."""
    return tabulate(rows, HEADINGS, disable_numparse=True)


def main() -> None:
    """Measure all, and print."""
    rows = []
    try:
        for strategy in sys.argv[1:] or STRATEGIES:
            for workload in WORKLOADS:
                with Duel(strategy, workload) as duel:
                    for _ in range(PAIRS):
                        duel.before()
                        duel.ours()
                        duel.after()
                rows.append(duel.row())
                print(*rows[-1], file=sys.stderr)
    finally:
        print(table(rows))


if __name__ == "__main__":
    main()
