"""A script under a strategy, timed by the harness and by hand, in turn.

`python -m tests.own_code.timed [STRATEGY ...] [SCRIPT ...]` prints the ratio of each, and those beyond a twentieth."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from harness import strategies
from harness.process.channel import Failure
from harness.process.workers import Worker, prepare
from harness.record.plan import PlannedStrategy

HAND = Path(__file__).with_name("hand.py")
SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.py"))
TASKS = 6
ROUND_SECONDS = 60.0
MOST = 1.05
PATCHED = {"gevent-patched": "gevent.monkey:patch_all"}
AWAITED = {"gather", "rate_limiter", "session", "to_thread"}
"""The scripts whose task is an `async def`."""
AWAITING = {"asyncio", "uvloop"}
"""The strategies that have asyncio's loop; a script that is awaited is one of asyncio's."""


class ByHand:
    """The script in a fresh process, without the harness."""

    def __init__(self, strategy: str, script: Path) -> None:
        command = [sys.executable, str(HAND), strategy, str(script), "task", str(TASKS)]
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # as a worker has it; the kernel schedules by sessions
        )

    def round(self) -> float:
        assert self._child.stdin
        assert self._child.stdout
        self._child.stdin.write("\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        if not line:
            raise RuntimeError(f"by hand it ended with status {self._child.wait()}")
        return float(line)

    def stop(self) -> None:
        self._child.kill()
        self._child.communicate()


class Harnessed:
    """A real worker, started as a run starts it."""

    def __init__(self, strategy: str, script: Path) -> None:
        planned = PlannedStrategy(strategy, strategies.BUILT_IN[strategy], PATCHED.get(strategy))
        self._worker = Worker(planned)
        cell = {"workload": f"{script}:task", "tasks": TASKS, "concurrency": TASKS, "options": {}, "cpus": []}
        self._worker.prepare(prepare(planned, **cell))
        self._worker.prepared(ROUND_SECONDS)

    def round(self) -> float:
        return self._worker.round("timed", ROUND_SECONDS).wall_seconds

    def stop(self) -> None:
        self._worker.stop()


def ratio(strategy: str, script: Path, rounds: int = 9) -> float | str:
    """The harness's median as a multiple of that by hand; a reason where the harness has none. The rounds of both are
    run in turn, the first of each being a warm-up."""
    try:
        ours = Harnessed(strategy, script)
    except Failure as failure:
        return str(failure)
    theirs = ByHand(strategy, script)
    try:
        pairs = [sorted([(0, ours), (1, theirs)], key=lambda _: random.random()) for _ in range(rounds + 1)]
        took: dict[int, list[float]] = {0: [], 1: []}
        for pair in pairs:
            for side, one in pair:
                took[side].append(one.round())
    except Failure as failure:
        return str(failure)
    finally:
        ours.stop()
        theirs.stop()
    return median(took[0][1:]) / median(took[1][1:])


def settled(strategy: str, script: Path, most: float = MOST) -> float | str:
    """The ratio; where it lies beyond, the nearest of three more, of more rounds: a machine has its moments, and work
    that is not done lies beyond at every moment."""
    found = [ratio(strategy, script)]
    for rounds in (15, 25, 40):
        if isinstance(found[-1], str) or 1 / most <= found[-1] <= most:
            return found[-1]
        found.append(ratio(strategy, script, rounds))
    return min((one for one in found if isinstance(one, float)), key=lambda one: abs(math.log(one)))


def can(strategy: str, script: Path) -> bool:
    """Whether there is to be a number."""
    return script.stem not in AWAITED or strategy in AWAITING


def main(asked: Sequence[str]) -> None:
    beyond = 0
    scripts = [script for script in SCRIPTS if script.stem in asked] or SCRIPTS
    for strategy in [name for name in strategies.BUILT_IN if name in asked] or strategies.BUILT_IN:
        for script in scripts:
            found = settled(strategy, script)
            wrong = can(strategy, script) == isinstance(found, str)
            wrong = wrong or (isinstance(found, float) and not 1 / MOST <= found <= MOST)
            beyond += wrong
            shown = found if isinstance(found, str) else f"{found:.3f}"
            print(f"{'! ' if wrong else '  '}{strategy:15} {script.stem:18} {shown}", flush=True)
    print(f"{beyond} beyond {MOST} or without a word")


if __name__ == "__main__":
    os.environ.setdefault("HARNESS_LOCK", "timed")
    main(sys.argv[1:])
