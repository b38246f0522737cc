"""What several tests are made from: plans, samples and records that nobody measured."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.process.channel import Failure
from harness.process.workers import Worker, prepare
from harness.record.plan import SCHEMA, Plan, PlannedGroup, PlannedStrategy
from harness.record.sample import Header, Latency, Load, Observed, Round, Sample
from harness.strategies import BUILT_IN
from harness.worker.messages import RoundKind

ROOT = Path(__file__).parents[1]

LOOK = ("--blocks", "1", "--rounds", "1")
"""A look, without anything to compare by."""
Finished = subprocess.CompletedProcess[str]


def rows(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The rows of the only group, by strategy."""
    (group,) = document["groups"]
    return {row["strategy"]: row for row in group["rows"]}


def plan() -> Plan:
    return Plan(
        strategies=[PlannedStrategy("sequential", "a:B"), PlannedStrategy("gevent", "c:D")],
        groups=[PlannedGroup("sleep", "e:F", {"seconds": 0.5}, 10, 10, floor_seconds=0.5)],
        reference="sequential",
        blocks=2,
        rounds=1,
        warmup=1,
        timeout=60.0,
        max_time=None,
        pin="apart",
        seed=1,
    )


def header(run: str = "r1", schema: int = SCHEMA, name: str | None = None) -> Header:
    return Header(schema, run, name, "2026-11-23T12:00:00+00:00", plan(), {"machine_key": "m"}, {})


def sample(strategy: int, block: int, seconds: float) -> Sample:
    taken = Round(seconds, 0.01, 0.002, 3, 1, 2 << 20, 40960)
    watched = Observed(
        seconds, 0.01, 0.002, 3, 1, 2 << 20, 40960,
        latency_seconds=Latency(*[0.5] * 10), in_flight_max=10, threads_max=1, begun_twice=0,
        loop_busy_share=0.1, ready_p99_seconds=0.001, ready_longest_seconds=0.002,
    )  # fmt: skip
    return Sample(0, strategy, block, "ok", warmups=[taken], rounds=[taken], observed=watched)


JITTER = [0.0, 0.001, -0.001, 0.002, -0.002, 0.003, -0.003, 0.004]


def samples(ours: float, null: float | None = None) -> list[Sample]:
    """Eight blocks of 1 s for the reference, `ours` for gevent, and gevent again `null` times as slow."""
    taken = []
    for block, jitter in enumerate(JITTER):
        taken += [sample(0, block, 1.0), sample(1, block, ours * (1 + jitter))]
        if null is not None:
            taken.append(msgspec.structs.replace(sample(1, block, ours * null * (1 - jitter)), arm="null"))
    return taken


def flat(text: str) -> str:
    """A text whose lines are one."""
    return " ".join(text.split())


LATENCY = Latency(0.001, 0.002, 0.003, 0.004, 0.001, 0.004, 0.0005, 0.0008, 0.0015, 0.0025)

LOAD = Load(100, 10, 0.01, LATENCY, 0.9, 1000.0, 1)

ROUND = Round(0.5, 0.1, 0.1, 1, 1, 1, 1, peer_cpu_seconds=0.1, load=LOAD)

valgrind = pytest.mark.skipif(
    not (shutil.which("valgrind") and shutil.which("setarch")), reason="needs valgrind and setarch (util-linux)"
)

compiler = pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler")

qemu = pytest.mark.skipif(
    not (shutil.which(f"qemu-{platform.machine()}") and shutil.which("cc")), reason="needs qemu-user and a C compiler"
)

LIBRARY = {
    "greenlet": "greenlet",
    "gevent": "gevent",
    "gevent-patched": "gevent",
    "uvloop": "uvloop",
    "trio": "trio",
    "interpreters": "concurrent.interpreters",
    "anyio": "anyio",
    "anyio-trio": "trio",
    "rloop": "rloop",
    "eventlet": "eventlet",
    "eventlet-patched": "eventlet",
}


def worker_of(strategy: str, folder: Path, task: str, text: str, tasks: int = 2) -> Worker:
    """A worker that prepares a function of a user's file with this text."""
    (folder / "my_jobs.py").write_text(text)
    planned = PlannedStrategy(strategy, BUILT_IN[strategy])
    worker = Worker(planned)
    target = f"{folder}/my_jobs.py:{task}"
    worker.prepare(prepare(planned, workload=target, options={}, tasks=tasks, concurrency=tasks))
    return worker


ROUNDS: tuple[RoundKind, ...] = ("warmup", "timed", "timed")


def outcome(strategy: str, folder: Path, task: str, text: str, seconds: list[float] | None = None) -> str | None:
    """What became of a worker's rounds and of what they left: None where all went well. `seconds`: what they took."""
    worker = worker_of(strategy, folder, task, text)
    try:
        worker.prepared()
        took = [worker.round(kind, 30).wall_seconds for kind in ROUNDS]
        worker.left(30)
    except Failure as failure:
        return f"{failure.status}: {failure}"
    finally:
        worker.stop()
    if seconds is not None:
        seconds += took
    return None
