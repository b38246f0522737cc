"""How far a gate is to be trusted: commits that do the same, and commits that do more.

`python -m tests.benchmarks.gates [--minutes M] [--kept FILE]` makes a scratch repository for each comparison, with
a commit for the base and one for the candidate, and lets `harness gate` decide, or pytest-benchmark with
`--benchmark-compare-fail=median:5%`. It goes on where it was stopped, and prints the table."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click

from tests.benchmarks.proof import KEPT, Kind, finished, go_on

ROOT = Path(__file__).parents[2]
KINDS = [
    Kind("gate by time", "2 %", 0, 20),
    Kind("gate by time", "2 %", 5, 20),
    Kind("pytest-benchmark", "5 %", 0, 20),
    Kind("pytest-benchmark", "5 %", 5, 20),
    Kind("gate by instructions", "0.2 %", 0, 20),
    Kind("gate by instructions", "0.2 %", 1, 20),
]
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
TASKS = {"time": "100", "instructions": "20"}  # callgrind is fifty times as slow, and needs no long rounds
ASKED = ("-s", "gevent", "-W", "./jobs.py:task", "--quiet", "--wait", "--json", "gate.json")


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


def gate(folder: Path, metric: str) -> str:
    """What `harness gate` says of the two commits, at its usual limit."""
    command = [sys.executable, "-m", "harness", "gate", "--base", "git:HEAD^", "--metric", metric, *ASKED]
    command += ["--tasks", TASKS[metric]]
    environment = {"HARNESS_CACHE": str(folder / "cache")}
    done = finished(command, folder, environment, statuses=(0, 1, 3))
    outcome = json.loads((folder / "gate.json").read_text())["outcome"]
    assert done.returncode == {"pass": 0, "regression": 1}.get(outcome, 3)
    return "slower" if outcome == "regression" else str(outcome)


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
    "gate by instructions": lambda folder: gate(folder, "instructions"),
    "pytest-benchmark": pytest_benchmark,
}


def compare(folder: Path, kind: Kind) -> str:
    """A scratch repository, and what a tool says of it."""
    repository(folder, kind.more)
    return TOOLS[kind.tool](folder)


@click.command()
@click.option("--minutes", type=float, default=600.0)
@click.option("--only", default="", help="Only the tools whose names contain this.")
@click.option("--kept", type=click.Path(dir_okay=False, path_type=Path), default=KEPT / "gates.jsonl")
def main(minutes: float, only: str, kept: Path) -> None:
    """Make what is still to be made, and print all."""
    go_on(KINDS, compare, kept, minutes, only)


if __name__ == "__main__":
    main()
