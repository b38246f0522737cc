"""Instructions that a task takes: two rounds of one cell, one with twice the tasks, whose difference cancels
what starting costs.

Counted in user space alone: waiting and the kernel's work for us are not in it. By the processor's own counters where
the kernel gives them, otherwise by valgrind's callgrind, which repeats to the instruction where a program does."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from harness.errors import HarnessError
from harness.process import tools
from harness.process.channel import Failure
from harness.process.workers import Worker
from harness.record.plan import PlannedStrategy
from harness.worker.messages import Prepare

SECONDS = 600.0
SAME_EACH_TIME = {"PYTHONHASHSEED": "0"}


@dataclass(frozen=True)
class Tool:
    """A tool that runs a command and writes how many instructions it took: all of them, or those from `start` to each
    `mark`, a file for each."""

    name: str
    command: tuple[str, ...]
    read: Callable[[str], int]
    start: tuple[str, ...] = ()
    mark: tuple[str, ...] = ()

    def under(self, path: Path) -> list[str]:
        """What stands before the command; addresses are not randomised."""
        return ["setarch", "--addr-no-randomize", *(word.format(path=path) for word in self.command)]

    def tell(self, words: tuple[str, ...], pid: int, path: Path) -> None:
        """Have it start or mark a count, if it can. Raises Failure."""
        if words:
            tools.run([word.format(path=path, pid=pid) for word in words])

    def counts(self, path: Path, rounds: int) -> list[int]:
        """What it wrote of a process in which so many rounds were counted. Raises OSError, ValueError."""
        paths = [Path(f"{path}.{number}") for number in range(1, rounds + 1)] if self.mark else [path]
        return [self.read(one.read_text()) for one in paths]


def callgrind_total(text: str) -> int:
    """The instructions in a callgrind file. Raises ValueError where there are none."""
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name == "summary":
            return int(value)
    raise ValueError("callgrind wrote no summary")


def perf_total(text: str) -> int:
    """The instructions in what `perf stat -x,` writes. Raises ValueError where it could not count."""
    for line in text.splitlines():
        fields = line.split(",")
        if len(fields) > 2 and fields[2].startswith("instructions"):
            return int(fields[0])
    raise ValueError("perf wrote no count")


VGDB = ("vgdb", "--pid={pid}", "--max-invoke-ms=10", "--vgdb-prefix={path}.vgdb")
PERF = Tool(
    "perf",
    ("perf", "stat", "--field-separator", ",", "--event", "instructions:u", "--output", "{path}", "--"),
    perf_total,
)
CALLGRIND = Tool(
    "callgrind",
    (
        "valgrind",
        "--quiet",
        "--tool=callgrind",
        "--fair-sched=try",
        "--instr-atstart=no",  # imports run three times as fast
        "--callgrind-out-file={path}",
        "--vgdb-prefix={path}.vgdb",
    ),
    callgrind_total,
    (*VGDB, "instrumentation", "on"),
    (*VGDB, "dump"),
)


@functools.cache
def counter() -> Tool:
    """The counter of this machine. Raises HarnessError where it has none."""
    if shutil.which("perf") and tools.succeeds(["perf", "stat", "--event", "instructions:u", "true"], "instructions:u"):
        return PERF
    if shutil.which("valgrind") and shutil.which("setarch"):
        return CALLGRIND
    raise HarnessError(
        "--count instructions: this kernel gives no hardware counters, and valgrind is not installed "
        "(apt-get install valgrind)"
    )


def per_task(strategy: PlannedStrategy, asked: Prepare, folder: Path) -> float:
    """Instructions of one task of a cell. Raises Failure."""
    used = counter()
    tasks, concurrency = asked.tasks, asked.concurrency or asked.tasks
    small = (tasks, concurrency)
    large = (2 * tasks, 2 * concurrency if concurrency == tasks else concurrency)  # all at once where they were
    processes = [[small, large]] if used.mark else [[small], [large]]
    try:
        counts = [_counted(used, strategy, asked, [large, *sizes], folder) for sizes in processes]
    except (OSError, ValueError) as error:
        raise Failure("failed", f"{used.name} counted nothing: {error}") from None
    few, many = chain.from_iterable(counts)
    return float(many - few) / tasks


def _counted(
    used: Tool, strategy: PlannedStrategy, asked: Prepare, sizes: list[tuple[int, int]], folder: Path
) -> list[int]:
    """The instructions of a worker's rounds of these sizes, without the first (a warm-up) where the tool can begin
    late."""
    path = folder / used.name
    worker = Worker(strategy, under=used.under(path), environment=SAME_EACH_TIME)
    try:
        worker.prepare(replace(asked, cpus=()))
        worker.prepared(SECONDS)
        for number, size in enumerate(sizes):
            worker.round("counted", SECONDS, size)
            used.tell(used.mark if number else used.start, worker.child.pid, path)
        worker.finish(SECONDS)
    except Failure as failure:
        raise Failure(failure.status, f"while counting: {failure}") from None
    finally:
        worker.stop()
    return used.counts(path, len(sizes) - 1)
