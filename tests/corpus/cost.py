"""What a planted fault truly costs: the program's own clocks around it (`site-packages/planted.py`)."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.corpus.case import Case

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Cost:
    """Of a line, in seconds, summed over so many calls; `in_line` is for a core of a busy machine."""

    wall: float
    cpu: float
    in_line: float
    calls: int

    @property
    def own(self) -> float:
        """What the line took by itself: on a machine with a core to spare."""
        return max(self.wall - self.in_line, self.cpu)

    @property
    def waiting(self) -> float:
        return self.own - self.cpu


Calls = dict[int, list[tuple[float, float, float]]]
"""Wall, processor and in line of each call of each line, in their order."""


def summed(calls: Calls, line: int, first: int = 0, end: int | None = None, *, keeps: bool = False) -> Cost | None:
    """The cost of a line over some of its calls, all of them by default. `keeps`: the GIL, so that a clock of another
    thread has what it waited for that as well: all calls are as the shortest, which waited for nobody."""
    some = calls.get(line, [])[first:end]
    some = [min(some)] * len(some) if keeps and some else some
    return Cost(*map(sum, zip(*some, strict=True)), len(some)) if some else None


def folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for a program and for what it writes: in memory where it can be, since what others do to the disk is no
    part of what is planted."""
    memory = "/dev/shm"
    return tempfile.TemporaryDirectory(prefix="corpus-", dir=memory if os.access(memory, os.W_OK) else None)


def written(case: Case, place: Path) -> Path:
    """The program in a file, with its clocks."""
    file = place / f"{case.name}.py"
    file.write_text(case.clocked())
    return file


def environment(costs: Path) -> dict[str, str]:
    """What a program needs: the library of the corpus, and where its clocks write."""
    path = os.pathsep.join([str(HERE / "site-packages"), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path, "CORPUS_COST": str(costs), "TMPDIR": str(costs.parent)}


def read(costs: Path) -> Calls:
    """What the clocks of a process wrote; the file is gone afterwards."""
    found: Calls = {}
    for row in costs.read_text().splitlines() if costs.exists() else ():
        line, wall, cpu, in_line = row.split()
        found.setdefault(int(line), []).append((float(wall), float(cpu), float(in_line)))
    costs.unlink(missing_ok=True)
    return found


def by_hand(case: Case, runtime: str, place: Path, timeout: float = 20.0) -> Calls:
    """What each fault costs without any instrument of ours, in a fresh process.

    Raises RuntimeError where the program does not end well."""
    file, costs = written(case, place), place / "costs"
    command = [sys.executable, "-m", "tests.corpus.hand", runtime, str(file), case.entry(runtime), str(case.tasks)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(costs),
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise RuntimeError(f"{case.name} under {runtime}: {done.stderr.strip()[-500:]}")
    return read(costs)
