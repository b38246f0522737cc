"""Gates of a scratch repository whose working tree does as much as its base, or more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.gate.check import check
from tests.builders import Finished, flat, valgrind
from tests.repository import JOB, git

ASKED = ("--base", "git:main", "-s", "sequential", "-W", "./jobs.py:task", "--tasks", "20")


@pytest.fixture
def repository(tmp_path: Path) -> Callable[[float], None]:
    """Make a repository whose working tree does so many times the work of its base."""

    def make(times: float) -> None:
        git(tmp_path, "init", "--quiet", "--initial-branch=main")
        (tmp_path / "jobs.py").write_text(JOB.format(20_000))
        git(tmp_path, "add", "jobs.py")
        git(tmp_path, "commit", "--quiet", "-m", "base")
        (tmp_path / "jobs.py").write_text(JOB.format(round(20_000 * times)))

    return make


@pytest.mark.alone
def test_half_as_much_work_again_is_a_regression(
    repository: Callable[[float], None], harness: Callable[..., Finished], tmp_path: Path
) -> None:
    repository(1.5)
    done = harness("gate", *ASKED, "--blocks", "8", "--rounds", "5", "--json", "out.json", HARNESS_GATE_WAIT="1")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "gate: regression" in flat(done.stdout)
    said = json.loads((tmp_path / "out.json").read_text())
    assert said["cells"][0]["comparison"]["low"] > 1.02
    assert git(tmp_path, "worktree", "list").count("\n") == 1
    assert "tree" in harness("list", "variants").stdout


def test_a_shard_measures_its_blocks_and_decides_nothing(
    repository: Callable[[float], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository(1.5)
    monkeypatch.chdir(tmp_path)
    said = check(
        "git:main",
        workload="./jobs.py:task",
        strategies="sequential",
        tasks=2,
        rounds=1,
        blocks=8,
        shard="2/4",
        wait=60,
    )
    assert [cell.outcome for cell in said.cells] == ["undecided"]
    assert said.shard is not None
    assert (said.blocks, said.shard.number, said.shard.of, said.shard.blocks) == (2, 2, 4, 8)


def test_less_work_passes(repository: Callable[[float], None], harness: Callable[..., Finished]) -> None:
    repository(0.5)
    done = harness("gate", *ASKED, "--blocks", "8", "--rounds", "5", HARNESS_GATE_WAIT="1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "gate: pass" in flat(done.stdout)
    assert "1 changed file since" in flat(done.stdout)
    assert "is what was measured as candidate" in flat(done.stdout)


@valgrind
@pytest.mark.slow
@pytest.mark.parametrize(("times", "status"), [(1.0, 0), (1.01, 1)])
def test_by_instructions(
    repository: Callable[[float], None], harness: Callable[..., Finished], times: float, status: int
) -> None:
    repository(times)
    done = harness("gate", *ASKED, "--metric", "instructions", HARNESS_GATE_WAIT="1")
    assert done.returncode == status, done.stdout + done.stderr


def test_a_benchmark_that_the_base_does_not_have_is_new(
    repository: Callable[[float], None], harness: Callable[..., Finished], tmp_path: Path
) -> None:
    repository(1.0)
    (tmp_path / "more.py").write_text(JOB.format(1000))
    asked = ("--base", "git:main", "-s", "sequential", "-W", "./more.py:task", "--blocks", "7")
    done = harness("gate", *asked, HARNESS_GATE_WAIT="1")
    assert "gate: new" in flat(done.stdout)
    assert done.returncode == 0, "reported, not failed"


def test_a_workload_that_does_not_import_is_a_reason(
    repository: Callable[[float], None], harness: Callable[..., Finished], tmp_path: Path
) -> None:
    repository(1.0)
    (tmp_path / "jobs.py").write_text("import nosuch\n")
    done = harness("gate", *ASKED, "--blocks", "7", HARNESS_GATE_WAIT="1")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "ModuleNotFoundError: No module named 'nosuch' at jobs.py:1" in flat(done.stdout)


def test_a_workload_that_is_in_neither_version_is_not_compared(
    repository: Callable[[float], None], harness: Callable[..., Finished]
) -> None:
    repository(1.0)
    asked = ("--base", "git:main", "-s", "sequential", "-W", "noop", "--blocks", "7")
    done = harness("gate", *asked, HARNESS_GATE_WAIT="1")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "nothing of its folder was loaded" in flat(done.stdout)


def test_code_that_is_found_by_a_path_is_the_versions_own(
    repository: Callable[[float], None], harness: Callable[..., Finished], tmp_path: Path
) -> None:
    """The task's work is in a package in `src`, which PYTHONPATH names, as an editable install would."""
    repository(1.0)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("WORK = 20_000\n")
    (tmp_path / "jobs.py").write_text("import app\n\n\ndef task(index):\n    return sum(range(app.WORK))\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "app")
    (tmp_path / "src" / "app.py").write_text("WORK = 80_000\n")
    paths = str(tmp_path / "src")
    asked = (*ASKED, "--blocks", "8", "--rounds", "5")
    done = harness("gate", *asked, HARNESS_GATE_WAIT="1", PYTHONPATH=paths)
    assert done.returncode == 1, done.stdout + done.stderr


def test_a_base_that_loads_the_working_tree_is_incomplete(
    repository: Callable[[float], None], harness: Callable[..., Finished], tmp_path: Path
) -> None:
    repository(1.0)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("")
    app = str(tmp_path / "src" / "app.py")
    job = f"import importlib.util\nimport sys\nspec = importlib.util.spec_from_file_location('app', {app!r})\n"
    job += "sys.modules['app'] = importlib.util.module_from_spec(spec)\n\n\ndef task(index):\n    pass\n"
    (tmp_path / "jobs.py").write_text(job)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "app")
    done = harness("gate", *ASKED, "--blocks", "7", "--format", "simple", HARNESS_GATE_WAIT="1")
    assert done.returncode == 3, done.stdout + done.stderr
    assert f"sequential@base: it imports app ({app}), which is not its own" in flat(done.stdout)


def test_a_package_that_is_installed_is_not_mistaken_for_the_versions_own(
    repository: Callable[[float], None], harness: Callable[..., Finished], tmp_path: Path
) -> None:
    """`jobs.py` is each version's own, the package that does its work is the same copy for both."""
    repository(1.0)
    installed = tmp_path / "environment" / "site-packages"
    for folder, work in ((tmp_path / "src" / "app", 30_000), (installed / "app", 20_000)):
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(f"WORK = {work}\n")
    (tmp_path / "jobs.py").write_text("import app\n\n\ndef task(index):\n    return sum(range(app.WORK))\n")
    git(tmp_path, "add", "jobs.py", "src")
    git(tmp_path, "commit", "--quiet", "-m", "app")
    paths = str(installed)
    asked = (*ASKED, "--blocks", "7", "--format", "simple")
    done = harness("gate", *asked, HARNESS_GATE_WAIT="1", PYTHONPATH=paths)
    assert done.returncode == 3, done.stdout + done.stderr
    assert f"it imports app ({installed / 'app' / '__init__.py'}), which is not its own" in flat(done.stdout)


def test_what_is_compared_may_stand_in_the_projects_file(
    repository: Callable[[float], None], harness: Callable[..., Finished], tmp_path: Path
) -> None:
    repository(0.5)
    asked = 'strategy = ["sequential"]\nworkload = ["./jobs.py:task"]\ntasks = 20\nblocks = 3\n'
    (tmp_path / "pyproject.toml").write_text(f"[tool.harness]\n{asked}")
    done = harness("gate", "--base", "git:main", "--blocks", "7", "--rounds", "3", HARNESS_GATE_WAIT="1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "jobs.py:task" in flat(done.stdout)


def test_a_gate_that_runs_out_of_time_is_undecided(
    repository: Callable[[float], None], harness: Callable[..., Finished]
) -> None:
    repository(1.0)
    done = harness("gate", *ASKED, "--max-time", "0.1", HARNESS_GATE_WAIT="1")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "1 of the 6 blocks that a pass needs, a regression 7: the first take about" in flat(done.stdout)


def test_a_folder_that_the_base_does_not_have_is_new(
    repository: Callable[[float], None], harness: Callable[..., Finished], tmp_path: Path
) -> None:
    repository(1.0)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "jobs.py").write_text(JOB.format(1000))
    command = [sys.executable, "-m", "harness", "gate", *ASKED, "--blocks", "7"]
    environment = os.environ | {"HARNESS_GATE_WAIT": "1"}
    done = subprocess.run(command, cwd=tmp_path / "more", env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "there is no folder" in flat(done.stdout)
    assert "gate: new" in flat(done.stdout)


@pytest.mark.slow
def test_what_a_task_left_in_the_base_is_gone_before_the_next_gate(
    repository: Callable[[float], None], harness: Callable[..., Finished], tmp_path: Path
) -> None:
    repository(1.0)
    asked = (*ASKED, "--blocks", "7", "--rounds", "1")
    harness("gate", *asked, HARNESS_GATE_WAIT="1")
    (tree,) = (tmp_path / "cache" / "trees").glob("*/")
    (tree / "jobs.py").write_text("def task(index):\n    pass\n")
    (tree / "left.txt").write_text("left")
    harness("gate", *asked, HARNESS_GATE_WAIT="1")
    assert not (tree / "left.txt").exists()
    assert "20000" in (tree / "jobs.py").read_text()


@pytest.mark.alone
@pytest.mark.parametrize("metric", ["time", *(pytest.param(one, marks=pytest.mark.slow) for one in ("cpu", "memory"))])
def test_two_strategies_by_each_metric(
    repository: Callable[[float], None], harness: Callable[..., Finished], metric: str
) -> None:
    repository(1.0)
    asked = ("--base", "git:main", "-s", "sequential,threads", "-W", "./jobs.py:task", "--tasks", "20")
    done = harness("gate", *asked, "--metric", metric, "--blocks", "20", "--limit", "0.9", HARNESS_GATE_WAIT="1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" pass") >= 2


def test_too_few_blocks_for_a_verdict_are_refused(
    repository: Callable[[float], None], harness: Callable[..., Finished]
) -> None:
    repository(1.0)
    asked = ("--base", "git:main", "-s", "sequential,threads", "-W", "./jobs.py:task", "--blocks", "7")
    done = harness("gate", *asked, HARNESS_GATE_WAIT="1")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--blocks 7: a verdict on 2 cells needs 8" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "Missing option '--base'"),
        (("--base", "git:nowhere"), "has no revision nowhere"),
        (("--base", "git:main", "--limit", "3"), "--limit 3: a share"),
        (("--base", "git:main", "--limit", "nan"), "--limit nan: a share"),
        (("--base", "git:main", "--max-time", "nan"), "--max-time nan: a finite number"),
        (("--base", "git:main", "--max-time", "-1"), "--max-time"),
        (("--base", "git:main", "--blocks", "0"), "--blocks"),
        (("--base", "git:main", "--blocks", "3"), "--blocks 3: a verdict on 2 cells needs 8"),
        (("--base", "git:main", "--metric", "luck"), "luck"),
        (("--base", "main"), "is none of python:3.13"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    repository: Callable[[float], None], harness: Callable[..., Finished], arguments: tuple[str, ...], text: str
) -> None:
    repository(1.0)
    done = harness("gate", *arguments, HARNESS_GATE_WAIT="1")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert text in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        '[[tool.harness.gate.limits]]\nworkload = "echo"\nlimit = 7\n',
        '[[tool.harness.gate.limits]]\nworklod = "echo"\nlimit = 0.1\n',
        "[tool.harness.gate]\nlimit = 0.1\n",
        '[[tool.harness.gate.limits]]\nmetric = "instruction"\nlimit = 0.1\n',
        "[tool.harness.gate]\nlimits = 3\n",
        "[tool.harness]\ngate = 3\n",
    ],
)
def test_limits_that_make_no_sense_are_one_line(
    repository: Callable[[float], None], harness: Callable[..., Finished], tmp_path: Path, text: str
) -> None:
    repository(1.0)
    (tmp_path / "pyproject.toml").write_text(text)
    done = harness("gate", *ASKED, HARNESS_GATE_WAIT="1")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "[[tool.harness.gate.limits]]" in done.stderr
