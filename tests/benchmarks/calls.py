"""Kills and errors at system calls of a run: `python -m tests.benchmarks.calls` goes on where it was stopped.

strace(1) traces a run that nothing breaks, and then breaks one call of the program in each other: a call on its record,
or one by which it starts, watches or ends processes. The lines of the record that were acknowledged are those whose
fdatasync(2) had returned, as strace saw it."""

from __future__ import annotations

import functools
import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from harness.record import store
from tests.benchmarks.tries import (
    are_whole,
    command,
    compared,
    ended,
    left,
    records,
    resumed,
    said,
    samples,
    started,
    unread,
)

FAULTS: dict[str, dict[str, tuple[str, ...]]] = {
    "record": {
        "mkdir": ("ENOSPC", "EIO"), "openat": ("ENOSPC", "EIO", "EMFILE"), "fcntl": ("EMFILE",), "flock": ("ENOLCK",),
        "write": ("ENOSPC", "EIO"), "fdatasync": ("ENOSPC", "EIO"), "rename": ("ENOSPC", "EIO"), "fsync": ("EIO",),
        "read": ("EIO",), "close": ("EIO",),
    },
    "processes": {
        "clone": ("EAGAIN", "ENOMEM"), "vfork": ("EAGAIN",), "clone3": ("EAGAIN",), "pidfd_open": ("EMFILE", "ENOSYS"),
        "pipe2": ("EMFILE",), "socketpair": ("EMFILE",), "epoll_create1": ("EMFILE",), "epoll_ctl": ("ENOMEM",),
        "sched_setaffinity": ("EPERM",), "pidfd_send_signal": ("ENOSYS",), "prlimit64": ("EPERM",), "prctl": ("EPERM",),
        "poll": (), "epoll_wait": (), "wait4": (), "recvfrom": (), "shutdown": (), "kill": (),
    },
}  # fmt: skip
"""What is broken of each, and the errors that it can have; there the program is killed as well."""
HEADINGS = ("what", "tries", "acknowledged", "status 0", "3", "5", "wrong status", "more than a line", "unreadable",
            "lost", "doubled", "processes left", "folders left", "not finished")  # fmt: skip
COMMAND = ("run", "-s", "sequential,threads", "-W", "./jobs.py:task", "--tasks", "2", "--blocks", "2", "--rounds", "1",
           "--warmup", "0", "--seed", "1")  # fmt: skip
RUN = "run"
RECORD = ("results", f"results/.{RUN}.begun", f"results/{RUN}.jsonl")
PROGRAM = f"from harness.record import store; store.new_run = lambda: {RUN!r}; from harness.cli import main; main()"
"""The program, whose run has a name that is known before: strace counts the calls on paths that it is told."""
NUMBER, KILLED = 300, -9


class Point(NamedTuple):
    """The `number`-th of a system call on the record, or of one on processes, and what is to come of it."""

    of: str
    call: str
    number: int
    fault: str


class Try(NamedTuple):
    """What came of one."""

    kind: str
    acknowledged: int
    good: int
    incomplete: int
    unstored: int
    wrong: int
    lines: int
    unreadable: int
    lost: int
    doubled: int
    processes: int
    folders: int
    unfinished: int


class Log:
    """What strace wrote of a run."""

    def __init__(self, path: Path) -> None:
        self.lines = [line for line in path.read_text(errors="replace").splitlines() if re.match(r"\w+\(", line)]

    def points(self, of: str) -> Iterator[Point]:
        """What can be broken of it."""
        seen: Counter[str] = Counter()
        for call in (line.partition("(")[0] for line in self.lines):
            seen[call] += 1
            yield from (Point(of, call, seen[call], fault) for fault in ("SIGKILL", *FAULTS[of].get(call, ())))

    def is_broken(self, point: Point) -> bool:
        """Whether the run came so far."""
        if point.fault == "SIGKILL":
            return bool(self.lines) and self.lines[-1].startswith(point.call)
        return any(line.endswith("(INJECTED)") for line in self.lines)

    def acknowledged(self) -> int:
        """How many lines of the record were on the disk, after those with which it began."""
        synced = [line for line in self.lines if line.startswith("fdatasync") and line.endswith(" = 0")]
        return max(0, len(synced) - 1)


def traced(folder: Path, of: str, point: Point | None = None) -> tuple[int | None, Log]:
    """The status of a run, of which a call is broken, and what strace wrote of the calls on its record, or of those on
    processes."""
    log, calls = folder / "log", {*FAULTS[of], "fdatasync"}
    under = ["strace", "-qq", "-o", f"{log}", "-e", f"trace={','.join(calls)}"]
    if of == "record":
        under += [f"--trace-path={place}" for one in RECORD for place in (one, f"{folder}/{one}")]
    if point:
        how = f"signal={point.fault}" if point.fault == "SIGKILL" else f"error={point.fault}"
        under += ["-e", f"inject={point.call}:{how}:when={point.number}"]
    return ended(started(folder, *COMMAND, program=("-P", "-c", PROGRAM), under=under)), Log(log)


@functools.cache
def points() -> Sequence[Point]:
    """What can be broken of a run: all of its calls on the record, and as many of the others as make 300."""
    found = []
    for of in FAULTS:
        with tempfile.TemporaryDirectory() as folder:
            found.append(list(traced(Path(folder), of)[1].points(of)))
    of_record, others = found
    return [*of_record, *spread(others)][:NUMBER]


def spread(points: Sequence[Point]) -> Sequence[Point]:
    """The same in another order, in which calls that are often made come no sooner than the others."""
    turns: Counter[tuple[str, str]] = Counter()
    placed = []
    for one in random.Random(1).sample(points, len(points)):
        turns[one.call, one.fault] += 1
        placed.append((turns[one.call, one.fault], one))
    return [one for _, one in sorted(placed, key=lambda it: it[0])]


def one(folder: Path, point: Point) -> Try | None:
    """One try, in an empty folder; None where the run did not come so far."""
    status, log = traced(folder, point.of, point)
    if not log.is_broken(point):
        return None
    running, folders = left(folder)
    unreadable, before, acknowledged = unread(folder), samples(folder), log.acknowledged()
    lines = sum(len(store.lines_of(record)) - 1 for record in records(folder))
    wrong, more = not is_right(status, point, are_whole(folder)), len(said(folder)) > 1
    finished = not records(folder) or resumed(folder)
    lost, doubled = compared(before, samples(folder))
    statuses = [int(status == one) for one in (0, 3, 5)]
    faults = [wrong, more, unreadable, lost + max(0, acknowledged - lines)]
    kind = f"{point.fault}, {point.of}"
    return Try(kind, acknowledged, *statuses, *map(int, faults), doubled, running, folders, int(not finished))


def is_right(status: int | None, point: Point, whole: bool) -> bool:
    """Whether a run may end so: killed, not stored, with what the call was for missing, or as if nothing had been."""
    if point.fault == "SIGKILL":
        return status == KILLED
    if status == 0:
        return whole
    return status == (5 if point.of == "record" else 3)


def any_one(folder: Path, number: int) -> Try:
    """The try of this number. A point that its run does not come to is passed over, and is a line of its own."""
    point = points()[number % NUMBER]
    return one(folder, point) or Try(f"not reached, {point.of}", *[0] * (len(Try._fields) - 1))


main = command("calls", __doc__, HEADINGS, NUMBER, any_one)

if __name__ == "__main__":
    main()
