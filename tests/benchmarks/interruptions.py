"""Signals and hang-ups at random moments of a run: `python -m tests.benchmarks.interruptions` goes on where it stopped.

Of 20 tries 12 are interrupted at any moment from the start of the program to its end, and 8 while it cleans up: 4 when
a block has ended, whose tasks left daemons, and 4 once more after a first signal."""

from __future__ import annotations

import contextlib
import functools
import os
import pty
import random
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.benchmarks.tries import SECONDS, command, compared, ended, left, records, said, samples, started, unread
from tests.hostile import until

HOW = {"SIGINT": signal.SIGINT, "SIGTERM": signal.SIGTERM, "SIGHUP": signal.SIGHUP, "hang-up": signal.SIGHUP}
WHEN = ("", "", "", ", in clean-up", ", twice")
KINDS = tuple(how + when for when in WHEN for how in HOW)
HEADINGS = ("by", "tries", "stored before", "wrong status", "more than a line", "no end", "unreadable", "lost",
            "doubled", "processes left", "folders left")  # fmt: skip
COMMAND = ("run", "-s", "sequential,threads", "-W", "./jobs.py:task", "--tasks", "4", "--blocks", "3", "--rounds", "2",
           "--warmup", "0")  # fmt: skip
CLEAN_UP_SECONDS, ENDING_SECONDS = 0.6, 1.0
"""What a clean-up takes at most, and what is left of a program whose status is known."""
PYTHON_SECONDS = 0.05
"""Of a processor, until when Python itself starts: a signal finds nothing of ours."""


class Try(NamedTuple):
    """What came of one."""

    kind: str
    stored: int
    wrong: int
    lines: int
    endless: int
    unreadable: int
    lost: int
    doubled: int
    processes: int
    folders: int


def cleans_up(runner: int) -> bool:
    """Whether a run waits for what a worker has left: of a keeper there are daemons, and no worker."""
    with contextlib.suppress(psutil.Error):
        for keeper in psutil.Process(runner).children():
            names = [one.name() for one in keeper.children() if one.status() != psutil.STATUS_ZOMBIE]
            if names and set(names) == {"sleep"}:
                return True
    return False


@functools.cache
def whole() -> float:
    """The seconds of a run that nobody interrupts."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        ended(started(Path(folder), *COMMAND))
        return time.monotonic() - began


def seconds_of(pid: int) -> float:
    """What a process has used of processors."""
    with contextlib.suppress(psutil.Error):
        return sum(psutil.Process(pid).cpu_times()[:2])
    return 0.0


def is_right(status: int | None, number: int, seconds: float, ends: list[str | None]) -> bool:
    """Whether a run that was signalled `seconds` before its end may have a status, where its record ended so.

    Before and after it measures, a signal may end it as any program; its status may be known when the signal comes."""
    if status == 128 + number:
        return None not in ends
    if status == -number:
        return ends in ([], ["complete"])
    return status == 0 and seconds < ENDING_SECONDS and ends == ["complete"]


def one(folder: Path, kind: str, moment: float, later: float) -> Try | None:
    """One try, in an empty folder. It is signalled after so many seconds (`moment`), or so much `later` than the next
    clean-up began; where it is signalled twice, once more so much later. None where it had ended before."""
    how, _, when = kind.partition(", ")
    ours, theirs = pty.openpty() if how == "hang-up" else (None, None)
    process = started(folder, *COMMAND, terminal=theirs)
    if theirs is not None:
        os.close(theirs)
    until(lambda: process.poll() is not None or seconds_of(process.pid) > PYTHON_SECONDS)
    time.sleep(moment)
    if when == "in clean-up":
        until(lambda: cleans_up(process.pid) or process.poll() is not None, SECONDS)
        time.sleep(later)
    before, late = samples(folder), process.poll() is not None
    _signalled(process, HOW[how], ours)
    began = time.monotonic()
    if when == "twice":
        time.sleep(later)
        _signalled(process, HOW[how], None)
    status = ended(process)
    took = time.monotonic() - began
    running, folders = left(folder)
    ends = [record.end and record.end.status for record in records(folder)]
    wrong, more = not is_right(status, HOW[how], took, ends), how != "hang-up" and len(said(folder)) > 1
    lost = compared(before, samples(folder))
    done = Try(kind, len(before), int(wrong), int(more), ends.count(None), unread(folder), *lost, running, folders)
    return None if late else done


def _signalled(process: subprocess.Popen[bytes], number: int, terminal: int | None) -> None:
    if terminal is None:
        process.send_signal(number)
    else:
        os.close(terminal)


def any_one(folder: Path, number: int) -> Try | None:
    """One try of each kind in turn, at a random moment."""
    kind = KINDS[number % len(KINDS)]
    return one(folder, kind, random.uniform(0.0, whole()), random.uniform(0.0, CLEAN_UP_SECONDS))


main = command("interruptions", __doc__, HEADINGS, 500, any_one)

if __name__ == "__main__":
    main()
