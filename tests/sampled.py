"""A round that is sampled: what a worker saw of a user's program, and what is found in it."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from harness.explain.finders import found
from harness.explain.finding import Finding
from harness.explain.seen import Seen
from harness.process.channel import Failure
from harness.process.workers import Worker, prepare
from harness.record.plan import PlannedGroup, PlannedStrategy
from harness.strategies import BUILT_IN

FAULT = "# FAULT"
PRELUDES = {"gevent-patched": "gevent.monkey:patch_all"}
THRESHOLD = 0.03


def sampled(strategy: str, folder: Path, text: str, tasks: int, seconds: float = 30.0) -> Seen:
    """What a worker sees of a round of `task` of a program."""
    (folder / "my_jobs.py").write_text(textwrap.dedent(text))
    planned = PlannedStrategy(strategy, BUILT_IN[strategy], PRELUDES.get(strategy))
    target, kept = f"{folder}/my_jobs.py:task", folder / "seen.json"
    worker = Worker(planned)
    wall, failure = seconds, None
    try:
        worker.prepare(prepare(planned, workload=target, options={}, tasks=tasks, concurrency=tasks))
        worker.prepared()
        worker.begin_round("sampled", snapshots=str(kept))
        try:
            wall = worker.round_ended(seconds).wall_seconds
        except Failure as failed:
            failure = str(failed)
    finally:
        worker.stop()
    return Seen(strategy, target, tasks, tasks, wall, THRESHOLD, json.loads(kept.read_text()), failure,
                threads="thread" in strategy)  # fmt: skip


def findings(strategy: str, folder: Path, text: str, tasks: int, seconds: float = 30.0) -> list[Finding]:
    """What is found in it."""
    return found(sampled(strategy, folder, text, tasks, seconds))


def fault(text: str) -> int:
    """The line of a program that has the fault."""
    lines = textwrap.dedent(text).splitlines()
    (number,) = (number for number, line in enumerate(lines, 1) if FAULT in line)
    return number


def seen(strategy: str = "asyncio", tasks: int = 4, failure: str | None = None, **why: Any) -> Seen:
    """What a worker would have seen of a round of a second."""
    waits = {"seconds": 1.0, "task_seconds": float(tasks), "still_seconds": 0.0,
             "loop_exit": False, "places": [], "functions": []} | why.pop("waits", {})  # fmt: skip
    group = PlannedGroup("jobs.py:task", "jobs.py:task", {"size": 3}, tasks, tasks, given=["size", "--tasks"])
    return Seen(strategy, "jobs.py:task", tasks, tasks, 1.0, THRESHOLD, {"waits": waits} | why, failure, group=group)


def place(kind: str, what: str, line: int = 3, **about: Any) -> dict[str, Any]:
    """Where tasks would have waited."""
    return {
        "file": "/home/me/jobs.py", "line": line, "function": "task", "source": "async with lock:", "kind": kind,
        "what": what, "limit": None, "through": 1, "most": 3, "seconds": 0.9, "task_seconds": 2.7, "now": 0,
    } | about  # fmt: skip
