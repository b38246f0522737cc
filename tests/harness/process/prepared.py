"""A worker of a function that a test writes, here or in a program that may be killed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from harness.process.workers import Worker, prepare
from harness.record.plan import PlannedStrategy

SEQUENTIAL = PlannedStrategy("sequential", "harness.strategies.sequential:Sequential")


def prepared(worker: Worker, folder: Path, text: str, tasks: int = 2, paths: list[str] | None = None) -> None:
    """Have it prepare a function of the user's."""
    (folder / "my_jobs.py").write_text(text)
    target = f"{folder}/my_jobs.py:task"
    worker.prepare(prepare(SEQUENTIAL, workload=target, options={}, tasks=tasks, concurrency=tasks, paths=paths or []))
    worker.prepared()


RUNNER = """
import sys
from pathlib import Path
from harness.process.folders import temporary
from harness.process.orphans import adopted
from harness.process.workers import Worker
from tests.harness.process.prepared import SEQUENTIAL, prepared
with adopted(), temporary():
    worker = Worker(SEQUENTIAL)
    prepared(worker, Path(sys.argv[1]), sys.argv[2], tasks=1)
    print(worker.child.pid, worker.child.keeper, flush=True)
    worker.round("timed", 60)
    worker.round("timed", 60)
"""


class Runner(NamedTuple):
    """A program that runs rounds of one task, its worker, that one's keeper, and its folder for what is temporary."""

    pid: int
    worker: int
    keeper: int
    temporary: Path


@contextlib.contextmanager
def runs(folder: Path, text: str) -> Iterator[Runner]:
    """Have a function run in such a program, and wait for the program's end."""
    temporary = folder / "temporary"
    temporary.mkdir()
    command, environment = [sys.executable, "-c", RUNNER, str(folder), text], os.environ | {"TMPDIR": str(temporary)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as runner:
        assert runner.stdout is not None
        yield Runner(runner.pid, *map(int, runner.stdout.readline().split()), temporary)
