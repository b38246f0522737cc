"""What somebody's package adds, each in one file, found by its entry point and checked by our public suites."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.builders import LOOK
from tests.environments import Environment, build
from tests.repository import JOB, git

PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "additions"
version = "1"

[project.entry-points."harness.strategies"]
backwards = "additions.backwards:Backwards"

[project.entry-points."harness.workloads"]
digest = "additions.digest:Digest"
reverse = "additions.reverse:Reverse"

[project.entry-points."harness.metrics"]
switches = "additions.switches:SWITCHES"

[project.entry-points."harness.commands"]
count-runs = "additions.count_runs:command"
"""
FILES = {
    "__init__.py": "",
    "backwards.py": '''
"""The last task first."""
from harness.strategies.sequential import Sequential


class Backwards(Sequential):
    """One task after another, the last one first."""

    contract = 1

    def run(self, task, count, concurrency):
        return [task(index) for index in reversed(range(count))][::-1]
''',
    "digest.py": '''
"""Digests."""
import hashlib
from dataclasses import dataclass

from harness.workloads.base import Workload


@dataclass(frozen=True)
class Digest(Workload):
    """Each task hashes so many bytes of its own."""

    contract = 1
    size: int = 1000

    def __post_init__(self):
        if self.size < 1:
            raise ValueError("size must be 1 or more")

    def task(self, io, index):
        return hashlib.sha256(bytes([index % 256]) * self.size).hexdigest()

    async def async_task(self, io, index):
        return hashlib.sha256(bytes([index % 256]) * self.size).hexdigest()

    def check(self, values):
        expected = [self.task(None, index) for index in range(len(values))]
        return None if list(values) == expected else "a digest is wrong"
''',
    "reverse.py": '''
"""Lines there, and back with their bytes turned round."""
from dataclasses import dataclass

from harness.workloads.serving import Serving


@dataclass(frozen=True)
class Reverse(Serving):
    """A server that answers each message of 8 bytes with the same bytes from the last to the first."""

    contract = 1

    def exchange(self, index):
        sent = b"%08d" % index
        return sent, sent[::-1]

    def handle(self, io, stream):
        held = b""
        while data := stream.receive(8 - len(held)):
            held += data
            if len(held) == 8:
                stream.send(held[::-1])
                held = b""

    async def async_handle(self, io, stream):
        held = b""
        while data := await stream.receive(8 - len(held)):
            held += data
            if len(held) == 8:
                await stream.send(held[::-1])
                held = b""
''',
    "switches.py": '''
"""A number of its own."""
from harness.statistics.metric import Metric

SWITCHES = Metric(
    "switches", "count", "context switches of a round, of either kind",
    lambda round, group: round.voluntary + round.involuntary + 1.0, limit=0.5, heading="all switches",
)
''',
    "count_runs.py": '''
"""A command of its own."""
import click

import harness


@click.command()
@click.argument("run")
def command(run):
    """Say how many blocks a run had."""
    click.echo(f"samples: {harness.read(run).groups[0].rows[0].samples}")
''',
}
SUITES = """
import pytest
from harness.strategies.checks import promises as of_strategy
from harness.workloads.checks import promises as of_workload

@pytest.mark.parametrize("promise", of_strategy("additions.backwards:Backwards"), ids=str)
def test_strategy(promise):
    promise.keep()

@pytest.mark.parametrize("promise", of_workload("additions.digest:Digest"), ids=str)
def test_workload(promise):
    promise.keep()

@pytest.mark.parametrize("promise", of_workload("additions.reverse:Reverse", side="server"), ids=str)
def test_server(promise):
    promise.keep()
"""
QUICK = (*LOOK, "--name", "mine", "--json", "-")


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Our wheel and the package, installed beside each other."""
    project = tmp_path_factory.mktemp("additions")
    (project / "additions").mkdir()
    (project / "pyproject.toml").write_text(PROJECT)
    for name, text in FILES.items():
        (project / "additions" / name).write_text(text.lstrip())
    (theirs,) = build(project, project / "dist", "wheel").glob("*.whl")
    made = Environment(tmp_path_factory.mktemp("environment"))
    made.install(wheel, theirs)
    return made


@pytest.mark.parametrize(
    ("what", "lines"),
    [
        ("strategies", ["backwards .*One task after another, the last one first"]),
        ("workloads", ["digest .*size=1000", "reverse .*side=client"]),
    ],
)
def test_they_are_listed(environment: Environment, tmp_path: Path, what: str, lines: list[str]) -> None:
    done = environment.run(tmp_path, "harness", "list", what)
    assert done.returncode == 0, done.stderr
    for line in lines:
        assert re.search(line, done.stdout), done.stdout


def test_a_strategy_a_workload_a_metric_and_a_command_in_one_run(environment: Environment, tmp_path: Path) -> None:
    asked = ("run", "-s", "sequential,backwards", "-W", "digest", "--tasks", "5", *QUICK)
    done = environment.run(tmp_path, "harness", *asked)
    assert done.returncode == 0, done.stderr
    (group,) = json.loads(done.stdout)["groups"]
    assert [(row["strategy"], row["status"]) for row in group["rows"]] == [("sequential", "ok"), ("backwards", "ok")]
    assert all(row["metrics"]["switches"]["median"] >= 1 for row in group["rows"])
    said = environment.run(tmp_path, "harness", "count-runs", "mine")
    assert (said.returncode, said.stdout) == (0, "samples: 1\n")


def test_a_gate_compares_by_a_metric_of_theirs(environment: Environment, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / "jobs.py").write_text(JOB.format(10))
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "base")
    asked = ("gate", "--base", "git:main", "-s", "backwards", "-W", "./jobs.py:task", "--blocks", "8", "--rounds", "1")
    done = environment.run(tmp_path, "harness", *asked, "--metric", "switches")
    assert re.search("^gate: (pass|regression|undecided)$", done.stdout, re.MULTILINE), done.stdout + done.stderr
    assert ", switches\n" in done.stdout


def test_a_metric_of_theirs_has_its_column(environment: Environment, tmp_path: Path) -> None:
    done = environment.run(tmp_path, "harness", "run", "-s", "backwards", "-W", "digest", *LOOK, "-v")
    assert done.returncode == 0, done.stderr
    assert "all switches" in done.stdout


def test_a_server_of_a_contract_alone(environment: Environment, tmp_path: Path) -> None:
    asked = ("run", "-s", "threads,asyncio", "-W", "reverse", "-P", "side=server", "--concurrency", "3", *QUICK)
    done = environment.run(tmp_path, "harness", *asked)
    assert done.returncode == 0, done.stderr
    (group,) = json.loads(done.stdout)["groups"]
    assert [row["connections_held"] for row in group["rows"]] == [3, 3]
    assert all(row["answers_per_second"] > 0 for row in group["rows"])


def test_the_public_suites_find_nothing(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "test_additions.py").write_text(SUITES)
    light = ("-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest")
    done = environment.run(tmp_path, "python", "-m", "pytest", *light, "test_additions.py")
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 30  # type: ignore[index]
