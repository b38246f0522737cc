"""How far a gate is to be trusted: commits that do the same, and commits that do more.

`python -m tests.benchmarks.gates [--minutes M] [--kept FILE]` makes a scratch repository for each comparison, with
a commit for the base and one for the candidate, and lets `harness gate` decide, the gate of before it looked after
every block (a revision of this repository), or pytest-benchmark with `--benchmark-compare-fail=median:5%`. `4 shards,
merged` is measured beside one run of the same commits: where the two say otherwise, it is `apart`. It goes on where it
was stopped, and prints the table. `--short 2` makes two of each."""

from __future__ import annotations

import atexit
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import click

from tests.benchmarks.proof import KEPT, Kind, finished, go_on

ROOT = Path(__file__).parents[2]
KINDS = [
    Kind("gate by time", "2 %", 0, 40),
    Kind("gate by time", "2 %", 5, 40),
    Kind("gate by time, before", "2 %", 0, 20),
    Kind("gate by time, before", "2 %", 5, 20),
    Kind("pytest-benchmark", "5 %", 0, 20),
    Kind("pytest-benchmark", "5 %", 5, 20),
    Kind("gate by instructions", "0.2 %", 0, 50),
    Kind("gate by instructions", "0.2 %", 1, 50),
    Kind("gate by instructions, asyncio", "0.2 %", 0, 50),
    Kind("gate by instructions, asyncio", "0.2 %", 1, 50),
    Kind("gate by instructions, before", "0.2 %", 0, 10),
    Kind("gate by instructions, before", "0.2 %", 1, 10),
    Kind("4 shards, merged", "2 %", 0, 10),
    Kind("4 shards, merged", "2 %", 5, 10),
]
BEFORE = "5f7eb9e"
"""The last revision whose gates looked at 10, 14, 20, 28, ... blocks only."""
JOB = """
import json

TEXT = json.dumps(list(range(20)))

def task(index):
    for _ in range({turns}):
        json.loads(TEXT)
    return index
"""
TEST = """
import gevent
import jobs

def test_batch(benchmark):
    def batch():
        gevent.joinall([gevent.spawn(jobs.task, index) for index in range(100)], raise_error=True)

    benchmark(batch)
"""
SHARDS = 4
TASKS = {"time": "100", "instructions": "20"}  # callgrind is fifty times as slow, and needs no long rounds
ASKED = ("-W", "./jobs.py:task", "--quiet", "--wait", "--json", "gate.json")


def repository(folder: Path, more: int) -> None:
    """Two commits, of which the second does so many per cent more."""
    git(folder, "init", "--quiet")
    (folder / "test_jobs.py").write_text(TEST)
    for turns in (100, 100 + more):
        (folder / "jobs.py").write_text(f"# commit {turns}: {more}\n" + JOB.format(turns=turns))
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--allow-empty", "-m", f"{turns} turns")


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=me", "-c", "user.email=me@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def gate(folder: Path, metric: str, *, program: Path = ROOT, strategy: str = "gevent") -> str:
    """What `harness gate` says of the two commits, at its usual limit."""
    command = [sys.executable, "-m", "harness", "gate", "--base", "git:HEAD^", "--metric", metric, *ASKED]
    command += ["-s", strategy, "--tasks", TASKS[metric]]
    environment = {"HARNESS_CACHE": str(folder / "cache"), "PYTHONPATH": str(program / ".editable")}
    done = finished(command, folder, environment, statuses=(0, 1, 3))
    said = json.loads((folder / "gate.json").read_text())
    outcome = said["outcome"]
    assert done.returncode == {"pass": 0, "regression": 1}.get(outcome, 3)
    if outcome == "incomplete":
        return f"incomplete: {done.stdout[-500:]}"
    return "slower" if outcome == "regression" else str(outcome)


@lru_cache
def packed(revision: str) -> Path:
    """The program as it was: a folder that is there as long as we run."""
    folder = Path(tempfile.mkdtemp(prefix="harness-before-"))
    atexit.register(shutil.rmtree, folder)
    archive = subprocess.run(["git", "archive", revision], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "--extract"], cwd=folder, check=True, input=archive)
    return folder


def merged(folder: Path) -> str:
    """What four shards say together, if one run of the same commits says it too; otherwise `apart`."""
    one = gate(folder, "time")
    environment = {"HARNESS_CACHE": str(folder / "cache")}
    command = [sys.executable, "-m", "harness", "gate"]
    for number in range(1, SHARDS + 1):
        shard = ["--shard", f"{number}/{SHARDS}", *ASKED[:-1], f"part-{number}.json"]
        shard += ["-s", "gevent", "--tasks", TASKS["time"]]
        finished([*command, "--base", "git:HEAD^", *shard], folder, environment)
    parts = [f"part-{number}.json" for number in range(1, SHARDS + 1)]
    finished([*command, "--merge", *parts, "--json", "merged.json"], folder, environment, statuses=(0, 1, 3))
    outcome = json.loads((folder / "merged.json").read_text())["outcome"]
    said = "slower" if outcome == "regression" else str(outcome)
    return said if said == one else f"apart: {said}, and {one} by one run"


def pytest_benchmark(folder: Path) -> str:
    """Whether the second commit fails beside the saved run of the first."""
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir=.", "-c", "/dev/null", "test_jobs.py"]
    git(folder, "checkout", "--quiet", "HEAD^")
    finished([*command, "--benchmark-save=base"], folder, {})
    git(folder, "checkout", "--quiet", "-")
    failing = ["--benchmark-compare", "--benchmark-compare-fail=median:5%"]
    done = finished([*command, *failing], folder, {}, statuses=(0, 1))
    return "slower" if done.returncode else "pass"


TOOLS: dict[str, Callable[[Path], str]] = {
    "gate by time": lambda folder: gate(folder, "time"),
    "gate by time, before": lambda folder: gate(folder, "time", program=packed(BEFORE)),
    "gate by instructions": lambda folder: gate(folder, "instructions"),
    "gate by instructions, asyncio": lambda folder: gate(folder, "instructions", strategy="asyncio"),
    "gate by instructions, before": lambda folder: gate(folder, "instructions", program=packed(BEFORE)),
    "4 shards, merged": merged,
    "pytest-benchmark": pytest_benchmark,
}


def compare(folder: Path, kind: Kind) -> str:
    """A scratch repository, and what a tool says of it."""
    repository(folder, kind.more)
    return TOOLS[kind.tool](folder)


@click.command()
@click.option("--minutes", type=float, default=600.0)
@click.option("--only", default="", help="Only the tools whose names contain this.")
@click.option("--kept", type=click.Path(dir_okay=False, path_type=Path), default=KEPT / "gates-any-block.jsonl")
@click.option("--short", type=int, help="So many of each kind.")
def main(minutes: float, only: str, kept: Path, short: int | None) -> None:
    """Make what is still to be made, and print all."""
    go_on([kind._replace(wanted=short or kind.wanted) for kind in KINDS], compare, kept, minutes, only)


if __name__ == "__main__":
    main()
