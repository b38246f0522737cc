"""Instructions that a task takes: two processes of one cell, one with twice the tasks, whose difference cancels
what starting costs.

Counted in user space alone: waiting and the kernel's work for us are not in it. By the processor's own counters where
the kernel gives them, otherwise by valgrind's callgrind, which repeats to the instruction where a program does."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import launch
from harness.errors import HarnessError
from harness.record import Strategy

SECONDS = 600.0
SAME_EACH_TIME = {"PYTHONHASHSEED": "0"}


@dataclass(frozen=True)
class Counter:
    """A tool that runs a command and writes how many instructions it took: all of them, or those since `start`."""

    name: str
    command: tuple[str, ...]
    read: Callable[[str], int]
    start: tuple[str, ...] = ()

    @property
    def rounds(self) -> int:
        """How many of the two rounds, warm-up and timed, are in the count."""
        return 1 if self.start else 2

    def under(self, path: Path) -> list[str]:
        """What stands before the command; addresses are not randomised."""
        return ["setarch", "--addr-no-randomize", *(word.format(path=path) for word in self.command)]

    def begin(self, pid: int, path: Path) -> None:
        """Count from now on, if it does not already. Raises launch.Failure."""
        if self.start:
            launch.tool([word.format(path=path, pid=pid) for word in self.start])


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


PERF = Counter(
    "perf",
    ("perf", "stat", "--field-separator", ",", "--event", "instructions:u", "--output", "{path}", "--"),
    perf_total,
)
CALLGRIND = Counter(
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
    ("vgdb", "--pid={pid}", "--max-invoke-ms=10", "--vgdb-prefix={path}.vgdb", "instrumentation", "on"),
)


@functools.cache
def counter() -> Counter:
    """The counter of this machine. Raises HarnessError where it has none."""
    if shutil.which("perf") and launch.succeeds(
        ["perf", "stat", "--event", "instructions:u", "true"], "instructions:u"
    ):
        return PERF
    if shutil.which("valgrind") and shutil.which("setarch"):
        return CALLGRIND
    raise HarnessError(
        "--count instructions: this kernel gives no hardware counters, and valgrind is not installed "
        "(apt-get install valgrind)"
    )


def per_task(strategy: Strategy, job: dict[str, Any], folder: Path) -> float:
    """Instructions of one task of a cell. Raises launch.Failure."""
    used = counter()
    sizes = [job, job | {"tasks": 2 * job["tasks"], "concurrency": _twice(job)}]
    paths = [folder / f"{used.name}.{number}" for number in range(2)]
    workers: list[launch.Process] = []
    try:
        for path in paths:
            workers.append(launch.worker(strategy.prelude, strategy.variant, used.under(path), SAME_EACH_TIME))  # noqa: PERF401
        for worker, size in zip(workers, sizes, strict=True):
            worker.tell(size | {"do": "prepare"})
        for step in ("warmup", "timed", None):
            for worker, path in zip(workers, paths, strict=True):
                _succeeded(worker.wait(SECONDS))
                if step == "timed":
                    used.begin(worker.pid, path)
                if step:
                    worker.tell({"do": step})
        for worker in workers:
            worker.finish(SECONDS)
    finally:
        for worker in workers:
            worker.stop()
    try:
        small, large = (used.read(path.read_text()) for path in paths)
    except (OSError, ValueError) as error:
        raise launch.Failure("failed", f"{used.name} counted nothing: {error}") from None
    return float(large - small) / (used.rounds * int(job["tasks"]))


def _twice(job: dict[str, Any]) -> int:
    """All tasks stay in flight at once where they were."""
    every: bool = job["concurrency"] == job["tasks"]
    return int(job["concurrency"]) * (2 if every else 1)


def _succeeded(answer: dict[str, Any]) -> None:
    if "status" in answer:
        raise launch.Failure(answer["status"], f"while counting: {answer['reason']}")
