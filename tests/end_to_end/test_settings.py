"""A project's settings, from a folder within it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import harness
from tests.builders import Finished

JOBS = "def theirs(index):\n    return 1\n"


def run(folder: Path, *arguments: str) -> Finished:
    command = [sys.executable, "-m", "harness", *arguments]
    environment = os.environ | {"HARNESS_RUN_WAIT": "yes"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def test_a_run_from_a_folder_within_is_the_same_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    (tmp_path / "jobs.py").write_text(JOBS)
    (inside / "here.py").write_text(JOBS)
    (tmp_path / "pyproject.toml").write_text(
        "[tool.harness]\nworkload = './jobs.py:theirs'\nstrategy = 'sequential'\nquick = true\ntasks = 3\n"
    )
    runs = [run(tmp_path, "run", "--json", "-"), run(inside, "run", "--json", "-")]
    runs.append(run(inside, "run", "-W", "./here.py:theirs", "--json", "-"))
    assert [done.stderr for done in runs] == ["", "", ""]
    above, within, typed = (json.loads(done.stdout) for done in runs)
    group = above["groups"][0]
    assert (group["workload"], group["tasks"]) == ("./jobs.py:theirs", 3)
    assert [within["groups"][0][name] for name in ("workload", "version")] == [group["workload"], group["version"]]
    assert typed["groups"][0]["workload"] == "./here.py:theirs"
    kept = {path.stem for path in (tmp_path / "results").glob("*.jsonl")}
    assert kept == {above["run"], within["run"], typed["run"]}
    assert not (inside / "results").exists()
    assert json.loads(run(inside, "show", "--json", "-").stdout)["run"] == typed["run"]
    monkeypatch.chdir(inside)
    assert harness.read().run == typed["run"]


def test_settings_of_what_nobody_asks_for_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.harness]\ncount-with = 'qemu'\nslo = '5ms'\n")
    asked = ("run", "-s", "sequential", "-W", "noop", "--quick", "--tasks", "2")
    assert run(tmp_path, *asked).returncode == 0
    typed = run(tmp_path, *asked, "--count-with", "qemu")
    assert (typed.returncode, typed.stderr.count("\n")) == (2, 1)
    assert "--count-with qemu: instructions are not counted here" in typed.stderr
