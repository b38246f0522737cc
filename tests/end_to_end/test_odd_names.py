"""Files and folders whose names are no UTF-8: they work like any other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.record import store
from tests.builders import LOOK, Finished, flat
from tests.repository import git

ODD, SHOWN = os.fsdecode(b"n\xe9"), r"n\xe9"
QUICK = ("--wait", "-q", "-s", "threads", "--tasks", "2", *LOOK)
JOBS = 'def task(index):\n    return index\n\n\ndef raises(index):\n    raise ValueError("\\ud800, \\udce9")\n'


def run(folder: Path, *arguments: str, **environment: str) -> Finished:
    """Its output as bytes that are text, or this fails."""
    return subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / ODD
    made.mkdir()
    for name in (f"{ODD}.py", "plain.py"):
        (made / name).write_text(JOBS)
    return made


@pytest.mark.parametrize("place", ["UTF-8", "C"])
def test_a_file_is_measured_shown_and_listed(folder: Path, place: str) -> None:
    done = run(folder, "run", *QUICK, "-W", f"./{ODD}.py:task", LC_ALL=f"C.{place}".removesuffix(".C"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(rf"./{SHOWN}.py:task under threads: 2 tasks")
    assert run(folder, "show").stdout == done.stdout
    (listed,) = json.loads(run(folder, "list", "runs", "--json", "-").stdout)["runs"]
    assert listed["workloads"] == [rf"./{SHOWN}.py:task"]


def test_names_of_runs_results_and_documents_may_be_so_as_well(folder: Path) -> None:
    asked = ("--name", ODD, "--results", ODD, "--json", f"{ODD}.json")
    done = run(folder, "run", *QUICK, "-W", "./plain.py:task", *asked)
    assert (done.returncode, done.stderr) == (0, "")
    assert run(folder, "show", ODD, "--results", ODD).stdout == done.stdout
    assert run(folder, "show", f"./{ODD}.json").stdout == done.stdout
    assert json.loads((folder / f"{ODD}.json").read_text())["name"] == SHOWN


def test_what_is_no_text_in_an_exception_is_a_reason(folder: Path) -> None:
    done = run(folder, "run", *QUICK, "-W", "./plain.py:raises")
    assert (done.returncode, done.stderr) == (3, "")
    assert r"threads: failed: 2 of 2 failed: ValueError: \ud800, \xe9 at plain.py:6" in flat(done.stdout)


def test_a_gate_of_a_revision_keeps_its_tree_in_such_a_folder(folder: Path) -> None:
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "one")
    asked = ("--base", "git:HEAD", "-s", "threads", "-W", f"./{ODD}.py:task", "--tasks", "2", "--blocks", "8")
    done = run(folder, "gate", "--wait", "-q", *asked, "-r", "1", HARNESS_CACHE=str(folder / ODD))
    assert done.stderr == ""
    assert done.returncode in (0, 1, 3)
    (path,) = store.runs(folder / "results")
    read = store.read(path)
    assert {sample.status for sample in read.samples} == {"ok"}
    assert rf"/{SHOWN}/" in (read.header.plan.strategies[0].variant.root or "")


@pytest.mark.parametrize(
    "arguments",
    [("run", "-W", f"./no{ODD}.py:task"), ("run", "-s", ODD), ("show", ODD), ("run", "-W", "sleep", "-P", f"{ODD}=1")],
)
def test_what_is_not_there_is_one_line(folder: Path, arguments: tuple[str, ...]) -> None:
    done = run(folder, *arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "our own bug" not in done.stderr
