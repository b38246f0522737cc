"""What can count the instructions of a process: the kernel's counters, qemu-user, or valgrind's callgrind."""

from __future__ import annotations

import functools
import itertools
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError
from harness.process import allocator, plugin, tools
from harness.process.workers import Worker
from harness.record.plan import Allocator, Counter

PATH, PID = "{path}", "{pid}"
"""In a tool's words: the file where it writes, and the worker."""
SAME_EACH_TIME = {"PYTHONHASHSEED": "0"}


@dataclass(frozen=True)
class Tool:
    """A tool that runs a command and writes how many instructions it took: all of them, or those from `start` to each
    `mark`, a file for each. A worker that `marks` for it says itself when."""

    name: Counter
    command: tuple[str, ...]
    read: Callable[[str], list[int]]
    start: tuple[str, ...] = ()
    mark: tuple[str, ...] = ()
    marks: bool = False
    emulates: bool = False
    """Whether it is a qemu, which sets variables of what it runs alone."""
    allocates: Allocator | None = None
    """By what those that it counts allocate; None: the system's."""

    @property
    def tells_rounds_apart(self) -> bool:
        """Whether one process may run several rounds that are counted."""
        return self.marks or bool(self.mark)

    def under(self, path: Path) -> list[str]:
        """What stands before the command of a worker whose counts it writes there; addresses are not randomised where
        a container lets us say so."""
        return [*_same_addresses(), *(word.replace(PATH, str(path)) for word in self.command)]

    def environment(self) -> dict[str, str]:
        """What the environment of a worker has besides, so that it runs the same instructions each time. Raises
        HarnessError where there is no such allocator."""
        if self.allocates != "steady":
            return SAME_EACH_TIME
        found = SAME_EACH_TIME | allocator.environment(allocator.built())
        if self.emulates:
            found["QEMU_SET_ENV"] = f"LD_PRELOAD={found.pop('LD_PRELOAD')}"
        return found

    def begin(self, worker: Worker, path: Path) -> None:
        """Have it count from here on. Raises Failure."""
        self._tell(self.start, worker, path)

    def end(self, worker: Worker, path: Path) -> None:
        """Have it write what was counted since then, or since the last end. Raises Failure."""
        self._tell(self.mark, worker, path)

    def _tell(self, words: tuple[str, ...], worker: Worker, path: Path) -> None:
        if self.tells_rounds_apart:
            worker.mark()  # where nobody looks for it as well: a worker does the same under each of them
        if words:
            tools.run([word.replace(PATH, str(path)).replace(PID, str(worker.child.pid)) for word in words])

    def counts(self, path: Path, rounds: int) -> list[int]:
        """What it wrote of a process in which so many rounds were counted. Raises OSError, ValueError."""
        paths = [Path(f"{path}.{number}") for number in range(1, rounds + 1)] if self.mark else [path]
        found = [count for one in paths for count in self.read(one.read_text())]
        if len(found) != (rounds if self.tells_rounds_apart else 1):
            raise ValueError(f"{len(found)} counts of {rounds} rounds")
        return found


def callgrind_total(text: str) -> list[int]:
    """The instructions in a callgrind file. Raises ValueError where there are none."""
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name == "summary":
            return [int(value)]
    raise ValueError("callgrind wrote no summary")


def perf_total(text: str) -> list[int]:
    """The instructions in what `perf stat -x,` writes. Raises ValueError where it could not count."""
    lines = [line.split(",") for line in text.splitlines()]
    found = [fields for fields in lines if len(fields) > 2 and "instructions" in fields[2]]
    if len(found) != 1:
        kinds = " and ".join(fields[2] for fields in found)
        raise ValueError(f"perf counted {kinds} apart" if found else "perf wrote no count")
    if not found[0][0].isdecimal():
        raise ValueError(f"perf says {found[0][0]}: no counter was free, or none is allowed")
    return [int(found[0][0])]


def plugin_totals(text: str) -> list[int]:
    """The instructions from each mark to the next, in what the plug-in of qemu-user writes. Raises ValueError."""
    totals = [int(line.removeprefix("total ")) for line in text.splitlines() if line.startswith("total ")]
    if len(totals) < 2:
        raise ValueError("the plug-in of qemu-user wrote no count")
    return [after - before for before, after in itertools.pairwise(totals)]


VGDB = ("vgdb", f"--pid={PID}", "--max-invoke-ms=10", f"--vgdb-prefix={PATH}.vgdb")
PERF = Tool(
    "perf",
    ("perf", "stat", "--field-separator", ",", "--event", "instructions:u", "--output", PATH, "--"),
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
        f"--callgrind-out-file={PATH}",
        f"--vgdb-prefix={PATH}.vgdb",
    ),
    callgrind_total,
    (*VGDB, "instrumentation", "on"),
    (*VGDB, "dump"),
)


@functools.cache
def _same_addresses() -> tuple[str, ...]:
    setarch = ("setarch", "--addr-no-randomize")
    return setarch if shutil.which("setarch") and tools.ends_well([*setarch, "true"]) else ()


def _perf() -> Tool:
    if not shutil.which("perf"):
        raise HarnessError("perf is not installed (apt-get install linux-perf, or linux-tools)")
    if why := perf_lacks(tools.said(["perf", "stat", "--event", "instructions:u", "true"])):
        raise HarnessError(why)
    return PERF


def perf_lacks(said: str) -> str | None:
    """Why perf cannot count here, by what it says of a count; None where it can."""
    kinds = sorted(set(re.findall(r"(\w+)/instructions", said)))
    if len(kinds) > 1:
        return f"cores of several kinds ({', '.join(kinds)}) are counted apart, and a task may run on any"
    if "instructions" in said and not re.search("not (supported|counted)", said):
        return None
    return (
        "the kernel gives this user no counters (a virtual machine may have none, and a container or "
        "kernel.perf_event_paranoid may forbid them)"
    )


def _qemu() -> Tool:
    qemu = plugin.qemu()
    option = plugin.option(plugin.built(qemu), PATH)
    return Tool("qemu", (qemu, "-plugin", option), plugin_totals, marks=True, emulates=True)


def _callgrind() -> Tool:
    if not (shutil.which("valgrind") and shutil.which("vgdb")):
        raise HarnessError("valgrind is not installed (apt-get install valgrind)")
    return CALLGRIND


TOOLS: dict[Counter, Callable[[], Tool]] = {"perf": _perf, "qemu": _qemu, "callgrind": _callgrind}
"""The best first: real counters take no time, qemu a third of callgrind's."""


def allocator_of_workers() -> Allocator:
    """What counted workers allocate by."""
    return "system" if allocator.lacking() else "steady"


@functools.cache
def find(named: Counter | None = None) -> Tool:
    """The counter that is named, or the best of this machine. Raises HarnessError where it cannot be had."""
    lacking: dict[Counter, str] = {}
    for name in (named,) if named else TOOLS:
        try:
            return TOOLS[name]()
        except HarnessError as error:
            lacking[name] = str(error)
    if named is None:
        raise HarnessError("--count instructions: " + "; ".join(f"{name}: {why}" for name, why in lacking.items()))
    others = ", ".join(name for name in TOOLS if name != named and had(name))
    instead = f"there is {others.replace(', ', ' and ')}" if others else "no other counter can be had either"
    raise HarnessError(f"--count-with {named}: {lacking[named]}; {instead}")


def had(name: Counter) -> bool:
    """Whether a counter can be had."""
    try:
        TOOLS[name]()
    except HarnessError:
        return False
    return True
