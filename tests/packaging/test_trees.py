"""The program in trees whose folders and files have the names of ours, or of libraries: one table, tree by way."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import LOOK, Finished
from tests.environments import Environment
from tests.repository import git

OURS = ("strategies", "workloads", "tests")
LIBRARIES = ("random", "statistics", "json", "select", "requests", "gevent", "msgspec", "click")
SPOILT = "raise ImportError('the file of the user has been imported')\n"
MINE = "MINE = True\n"
JOB = "def task(index):\n    return index\n"
THEIRS = "import strategies, workloads, tests\nassert strategies.MINE and workloads.MINE and tests.MINE\n" + JOB
INSIDE = "import strategies.mine, workloads.mine, tests.mine\nassert tests.mine.MINE\n" + JOB
TREES = {
    "packages": {f"{name}/__init__.py": MINE for name in OURS} | {"jobs.py": THEIRS},
    "folders": {f"{name}/mine.py": MINE for name in OURS} | {"jobs.py": INSIDE},
    "files": {f"{name}.py": MINE for name in OURS} | {"jobs.py": THEIRS},
    "libraries": {f"{name}.py": SPOILT for name in LIBRARIES} | {"jobs.py": JOB},
    "harness package": {"harness/__init__.py": SPOILT, "jobs.py": JOB},
    "harness folder": {"harness/mine.py": MINE, "jobs.py": JOB},
    "harness file": {"harness.py": SPOILT, "jobs.py": JOB},
}
TEST = """
from jobs import task

def test_theirs():
    assert task(1) == 1

def test_job(harness_benchmark):
    harness_benchmark(task, tasks=1, blocks=1, rounds=1)
"""
ALONE = """
def task(index):
    return index

def test_job(harness_benchmark):
    harness_benchmark(task, tasks=1, blocks=1, rounds=1)
"""
RUN = ("run", "-s", "sequential", "-W", "./jobs.py:task", "--tasks", "1", *LOOK)
GATE = ("gate", "--base", "git:main", "-s", "sequential", "-W", "./jobs.py:task", "--blocks", "8", "--rounds", "1")
PYTEST = ("-m", "pytest", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "--benchmark-disable", "-q")
WAYS = {
    "harness": ("harness", *RUN),
    "python -m harness": ("python", "-m", "harness", *RUN),
    "harness gate": ("harness", *GATE),
    "pytest": ("python", "-P", *PYTEST, "test_it.py"),  # as the script does: this folder is not on its path
    "python -m pytest": ("python", *PYTEST, "test_it.py"),
    "pytest --import-mode=importlib": ("python", "-P", *PYTEST, "--import-mode=importlib", "test_alone.py"),
}


@pytest.fixture
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A tree of the table, in a repository of its own."""
    for place, text in (TREES[request.param] | {"test_it.py": TEST, "test_alone.py": ALONE}).items():
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(text)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "theirs")
    return tmp_path


def runs(tree: Path, done: Finished) -> None:
    """It does what it does in any other folder."""
    assert done.returncode == 0, done.stdout + done.stderr


def decides(tree: Path, done: Finished) -> None:
    """The gate comes to a decision, whatever it is: both versions were measured."""
    assert re.search("^gate: (pass|regression|undecided)$", done.stdout, re.MULTILINE), done.stdout + done.stderr


def is_off(tree: Path, done: Finished) -> None:
    """The plug-in says in a line what hides it, and the user's own test passes."""
    assert "1 passed, 1 error" in done.stdout, done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith(f"harness: {tree / 'harness'}")]
    assert "hides the package of harness_benchmark, which is off: rename it, or" in line


def is_theirs(tree: Path, done: Finished) -> None:
    """Python runs the user's `harness`, as it has to, and nothing of ours."""
    assert "the file of the user has been imported" in done.stderr


def is_hidden(tree: Path, done: Finished) -> None:
    """pytest puts the folder of tests before all libraries: Python would import the user's file for one of ours."""
    assert "1 passed" in done.stdout, done.stdout
    assert f"{tree / 'msgspec.py'} hides a library of harness_benchmark, which is off" in done.stdout


def is_broken(tree: Path, done: Finished) -> None:
    """`python -m` puts this folder before the standard library: pytest itself does not start."""
    assert "the file of the user has been imported" in done.stderr


TABLE = {
    "packages": (runs, runs, decides, runs, runs, runs),
    "folders": (runs, runs, decides, runs, runs, runs),
    "files": (runs, runs, decides, runs, runs, runs),
    "libraries": (runs, runs, decides, is_hidden, is_broken, runs),
    "harness package": (runs, is_theirs, decides, is_off, is_off, runs),
    "harness folder": (runs, runs, decides, runs, runs, runs),
    "harness file": (runs, is_theirs, decides, is_off, is_off, runs),
}
MINUTES = (pytest.mark.slow, pytest.mark.together)
CELLS = [  # the usual cell of every row but the first is among the slow proofs
    pytest.param(
        tree, way, check, id=f"{tree}-{way}", marks=MINUTES if tree != "packages" and check in (runs, decides) else ()
    )
    for tree, checks in TABLE.items()
    for way, check in zip(WAYS, checks, strict=True)
]


@pytest.mark.parametrize(("tree", "way", "check"), CELLS, indirect=["tree"])
def test_in_a_tree_of_the_same_names(
    installed: Environment, tree: Path, way: str, check: Callable[[Path, Finished], None]
) -> None:
    check(tree, installed.run(tree, *WAYS[way]))
