"""A script under a strategy, timed by the harness and by hand, in turn.

`python -m tests.own_code.timed` prints the ratio of each, and those beyond a twentieth, and goes on where it stopped.
What came of it is kept in `tests/own_code/timed.jsonl`. Remove the file when what it proves has changed; leave the
machine alone meanwhile."""

from __future__ import annotations

import contextlib
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

import click
from tabulate import tabulate

from harness import strategies
from harness.plan.catalogue import several
from harness.process.channel import Failure
from harness.process.workers import Worker, prepare
from harness.record.plan import PlannedStrategy

KEPT = Path(__file__).with_name("timed.jsonl")
HAND = Path(__file__).with_name("hand.py")
SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.py"))
TASKS = 6
ROUNDS, WARMUPS = 7, 2
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

    def __init__(self, strategy: str) -> None:
        self._planned = PlannedStrategy(strategy, strategies.BUILT_IN[strategy], PATCHED.get(strategy))
        self._worker = Worker(self._planned)

    def prepare(self, script: Path) -> None:
        cell = {"workload": f"{script}:task", "tasks": TASKS, "concurrency": TASKS, "options": {}, "cpus": []}
        self._worker.prepare(prepare(self._planned, **cell))
        self._worker.prepared(ROUND_SECONDS)

    def round(self) -> float:
        return self._worker.round("timed", ROUND_SECONDS).wall_seconds

    def stop(self) -> None:
        self._worker.stop()


def took(made: ByHand | Harnessed) -> float:
    """The median of some rounds after another, seconds, after warm-ups."""
    return median([made.round() for _ in range(ROUNDS)][WARMUPS:])


def ratio(strategy: str, script: Path, pairs: int) -> float | str:
    """The harness's median as a multiple of that by hand, over so many processes of each, since each lies elsewhere in
    memory; a reason where the harness has none. Rounds of the two do not take turns: where a script's threads talk to
    each other, the kernel places them otherwise if another process runs between two rounds."""
    ours, theirs = [], []
    for _ in range(pairs):
        with contextlib.ExitStack() as stack:
            harnessed = Harnessed(strategy)
            stack.callback(harnessed.stop)
            try:
                harnessed.prepare(script)
                ours.append(took(harnessed))
            except Failure as failure:
                return str(failure)
            by_hand = ByHand(strategy, script)
            stack.callback(by_hand.stop)
            theirs.append(took(by_hand))
    return median(ours) / median(theirs)


def settled(strategy: str, script: Path, most: float = MOST) -> list[float] | str:
    """The ratio, alone where it lies within; else those of two more tries as well, of more processes. Of these the
    nearest counts (`nearest`): a machine has its moments, and work that is not done lies beyond at every moment."""
    found: list[float] = []
    for pairs in (3, 5, 9):
        one = ratio(strategy, script, pairs)
        if isinstance(one, str):
            return one
        found.append(one)
        if 1 / most <= one <= most:
            break
    return found


def nearest(ratios: list[float]) -> float:
    return min(ratios, key=lambda one: abs(math.log(one)))


def can(strategy: str, script: Path) -> bool:
    """Whether there is to be a number."""
    return script.stem not in AWAITED or strategy in AWAITING


def wrong(strategy: str, script: Path, found: list[float] | str, most: float = MOST) -> bool:
    """Whether what came of it is not what it has to be."""
    if isinstance(found, str) or not can(strategy, script):
        return isinstance(found, str) == can(strategy, script)
    return not 1 / most <= nearest(found) <= most


@click.command()
@click.option("--kept", type=click.Path(dir_okay=False, path_type=Path), default=KEPT)
def main(kept: Path) -> None:
    """Measure what is still to be measured, and print what came of all."""
    os.environ.setdefault("HARNESS_LOCK", "timed")
    lines = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    made = {(line["strategy"], line["script"]): line["found"] for line in lines}
    every = [(strategy, script) for script in SCRIPTS for strategy in several("usual")]
    for strategy, script in every:
        if (strategy, script.stem) not in made:
            found = settled(strategy, script)
            made[strategy, script.stem] = found
            with kept.open("a") as file:
                file.write(json.dumps({"strategy": strategy, "script": script.stem, "found": found}) + "\n")
            click.echo(f"{strategy} {script.stem}: {found}", err=True)
    shown = {place: "-" if isinstance(found, str) else f"{nearest(found):.3f}" for place, found in made.items()}
    table = [[script.stem, *(shown[name, script.stem] for name in several("usual"))] for script in SCRIPTS]
    click.echo(tabulate(table, ["", *several("usual")], disable_numparse=True))
    beyond = [f"{name} {script.stem}" for name, script in every if wrong(name, script, made[name, script.stem])]
    click.echo(f"{len(beyond)} of {len(every)} beyond {MOST} or without a word{': ' * bool(beyond)}{', '.join(beyond)}")


if __name__ == "__main__":
    main()
