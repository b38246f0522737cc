"""Random SIGKILLs of a run whose tasks leave daemons: `python -m tests.benchmarks.kills` goes on where it was stopped.

Each try starts a run, kills one of its processes (or two at once) at a random moment, counts what is left after two
seconds, finishes the run with --resume where it was cut off, and looks for each sample that was stored before."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.benchmarks.tries import command, compared, ended, left, resumed, samples, started

KINDS = ("runner", "keeper", "worker", "peer", "runner and worker", "keeper and worker", "runner and peer",
         "runner and keeper", "runner and witness")  # fmt: skip
HEADINGS = ("killed", "tries", "stored before", "lost", "doubled", "processes left", "folders left", "not finished")
COMMAND = ("run", "-s", "sequential,threads", "-W", "./jobs.py:task", "-W", "echo", "--tasks", "4", "--blocks", "2",
           "--rounds", "2", "--warmup", "0")  # fmt: skip
LONGEST = 4.0
"""Seconds: the latest moment of a kill."""


class Try(NamedTuple):
    """What came of one."""

    kind: str
    stored: int
    lost: int
    doubled: int
    processes: int
    folders: int
    unfinished: int


def victims(runner: int, kind: str) -> Iterator[psutil.Process]:
    """The processes of a run that are to be killed: the first of its children is the witness, the others are keepers,
    whose children are workers; what is at the other end is the oldest of those."""
    with contextlib.suppress(psutil.Error):
        children = psutil.Process(runner).children()
        witness, keepers = children[:1], children[1:]
        workers = [one for keeper in keepers for one in keeper.children()[:1]]
        found = {"runner": [psutil.Process(runner)], "keeper": keepers, "worker": workers, "peer": workers[:1]}
        found["witness"] = witness
        for name in kind.split(" and "):
            if found[name]:
                yield random.choice(found[name])


def one(folder: Path, kind: str, moment: float) -> Try:
    """One try, in an empty folder; `moment`: the seconds after which it is killed."""
    process = started(folder, *COMMAND)
    time.sleep(moment)
    chosen, before = list(victims(process.pid, kind)), samples(folder)
    for it in chosen:
        with contextlib.suppress(psutil.Error):
            it.kill()
    ended(process)
    running, folders = left(folder)
    finished = resumed(folder)
    return Try(kind, len(before), *compared(before, samples(folder)), running, folders, int(not finished))


def any_one(folder: Path, number: int) -> Try:
    """One try of each kind in turn, at a random moment."""
    return one(folder, KINDS[number % len(KINDS)], random.uniform(0.0, LONGEST))


main = command("kills", __doc__, HEADINGS, 2000, any_one)

if __name__ == "__main__":
    main()
