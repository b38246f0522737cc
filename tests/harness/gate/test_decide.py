"""Gates: a scratch repository whose working tree does as much as its base, or more; and records of our own."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.cli.gate import limits
from harness.document.make import document
from harness.errors import HarnessError
from harness.gate import decide as gate
from harness.gate.cells import BASE, CANDIDATE
from harness.record.plan import PlannedStrategy, Variant
from harness.record.sample import Commit, End, Record, Round, Sample
from tests.builders import Finished, flat, header, sample, valgrind
from tests.repository import JOB, git

ASKED = ("--base", "git:main", "-s", "sequential", "-W", "./jobs.py:task", "--tasks", "20")
END = End("complete", 8, {"all": 1.0})


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


def record(candidate: float, jitter: float = 0.001, blocks: int = 8, end: End | None = END, **lost: Any) -> Record:
    """A record in which the candidate takes so many times what the base does."""
    arms = [PlannedStrategy(f"gevent@{name}", "harness.strategies.gevent:Gevent") for name in (BASE, CANDIDATE)]
    plan = msgspec.structs.replace(header().plan, strategies=arms, reference=arms[0].name, blocks=8)
    samples: list[Sample] = []
    for block in range(blocks):
        samples += [sample(0, block, 1.0), sample(1, block, candidate * math.exp(jitter * (-1) ** block))]
    if lost:
        bad = msgspec.structs.replace(
            samples[lost["place"]], status="failed", reason=lost["reason"], warmups=[], rounds=[]
        )
        samples = [bad, *(one for one in samples if one.strategy != lost["place"])]  # it is not started again
    return Record(msgspec.structs.replace(header(), plan=plan), samples, end)


def test_the_command_line_comes_before_the_file_and_the_particular_before_the_general(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    entry = "[[tool.harness.gate.limits]]\n"
    (tmp_path / "pyproject.toml").write_text(
        f'{entry}limit = 0.3\n{entry}workload = "echo"\nlimit = 0.2\n'
        f'{entry}workload = "echo"\nstrategy = "threads"\nlimit = 0.1\n{entry}metric = "cpu"\nlimit = 0.4\n'
    )
    limit = limits("time")
    assert [limit("sleep", "gevent"), limit("echo", "gevent"), limit("echo", "threads")] == [0.3, 0.2, 0.1]
    assert limits("cpu")("sleep", "gevent") == 0.4
    assert limits("time", 0.01)("echo", "threads") == 0.01


def test_a_base_that_fails_in_its_own_code_is_not_new() -> None:
    reason = "AttributeError: module 'gevent' has no attribute 'x' at jobs.py:3"
    (found,) = gate.decide(record(1.0, place=0, reason=reason), "time", lambda *_: 0.02)
    assert found.outcome == "incomplete"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("there is no Python file /cache/trees/abc/sub/new.py", "there is no Python file sub/new.py"),
        ("there is no folder /cache/trees/abc/sub", "there is no folder sub"),
        ("/cache/trees/abc/jobs.py has no task", "jobs.py has no task"),
        ("there is no module new", None),
    ],
)
def test_what_the_base_lacks_is_named_by_its_path_in_the_tree(reason: str, said: str | None) -> None:
    one = record(1.0, place=0, reason=reason)
    base = Variant("base", "git:main", root="/cache/trees/abc", instead_of="/home/me", commit="c" * 40)
    arms = [msgspec.structs.replace(one.header.plan.strategies[0], variant=base), one.header.plan.strategies[1]]
    plan = msgspec.structs.replace(one.header.plan, strategies=arms)
    one = msgspec.structs.replace(one, header=msgspec.structs.replace(one.header, plan=plan))
    (found,) = gate.decide(one, "time", lambda *_: 0.02)
    assert found.outcome == "new"
    wanted = f"{said}, in git:main (cccccccccccc)" if said else reason
    assert found.reason == f"gevent@base: {wanted}"
    assert document(one).groups[0].rows[0].reason == wanted


@pytest.mark.parametrize(
    ("changed", "candidate", "text"),
    [
        (0, None, ""),
        (2, None, "the working tree, 2 changed files since abc, is what was measured as candidate"),
        (
            2,
            "def",
            "the working tree has 2 changed files since abc, which are in neither version: path:. measures them",
        ),
    ],
)
def test_a_dirty_working_tree_is_a_remark(changed: int, candidate: str | None, text: str) -> None:
    one = record(1.0)
    variants = [Variant("base", "git:main", commit="abc"), Variant("candidate", "...", commit=candidate)]
    arms = [
        msgspec.structs.replace(arm, variant=variant)
        for arm, variant in zip(one.header.plan.strategies, variants, strict=True)
    ]
    about = msgspec.structs.replace(
        one.header,
        plan=msgspec.structs.replace(one.header.plan, strategies=arms),
        commit=Commit("abc", datetime(2026, 11, 24, tzinfo=UTC), changed=changed),
    )
    assert list(gate.remarks(msgspec.structs.replace(one, header=about))) == ([text] if text else [])


@pytest.mark.parametrize(
    ("ratio", "jitter", "outcome"),
    [
        (1.0, 0.001, "pass"),
        (1.05, 0.001, "regression"),
        (0.9, 0.001, "pass"),
        (0.97, 0.03, "pass"),
        (1.02, 0.001, "undecided"),
        (1.0, 0.1, "undecided"),
        (1.05, 0.1, "undecided"),
    ],
)
def test_what_is_decided(ratio: float, jitter: float, outcome: str) -> None:
    (found,) = gate.decide(record(ratio, jitter), "time", lambda workload, strategy: 0.02)
    assert found.outcome == outcome
    assert gate.overall([found]) == outcome


@pytest.mark.parametrize("metric", ["overhead", "cpu", "memory"])
def test_each_metric_finds_a_regression(metric: str) -> None:
    one = record(1.0)

    def worse(round: Round) -> Round:
        return msgspec.structs.replace(
            round,
            wall_seconds=round.wall_seconds * 1.1,
            cpu_user_seconds=round.cpu_user_seconds * 1.1,
            peak_memory_bytes=round.peak_memory_bytes * 11 // 10,
        )

    taken = [
        msgspec.structs.replace(sample, rounds=[worse(round) for round in sample.rounds]) if sample.strategy else sample
        for sample in one.samples
    ]
    (found,) = gate.decide(msgspec.structs.replace(one, samples=taken), metric, lambda *_: 0.02)
    assert found.outcome == "regression", found


@pytest.mark.parametrize(
    ("floor", "reason"), [(None, "nobody knows its floor"), (10.0, "no round is beyond its floor")]
)
def test_overhead_without_a_floor_is_incomplete(floor: float | None, reason: str) -> None:
    one = record(1.0)
    groups = [msgspec.structs.replace(group, floor_seconds=floor) for group in one.header.plan.groups]
    about = msgspec.structs.replace(one.header, plan=msgspec.structs.replace(one.header.plan, groups=groups))
    (found,) = gate.decide(msgspec.structs.replace(one, header=about), "overhead", lambda *_: 0.02)
    assert (found.outcome, found.reason) == ("incomplete", reason)


@pytest.mark.parametrize(
    ("changes", "groups", "asked", "blocks"),
    [
        ({}, 1, False, gate.MOST),
        ({"count": "instructions"}, 1, False, 10),
        ({"count": "instructions"}, 12, False, 20),
        ({"blocks": 7}, 1, True, 7),
        ({"blocks": 500}, 1, True, 500),
        ({"count": "instructions", "blocks": 30}, 1, True, 30),
    ],
)
def test_how_many_blocks_a_gate_may_measure(changes: dict[str, Any], groups: int, asked: bool, blocks: int) -> None:
    plan = record(1.0).header.plan
    plan = msgspec.structs.replace(plan, groups=plan.groups * groups, **changes)
    assert gate.fitted(plan, lambda *_: 0.02, asked).blocks == blocks


@pytest.mark.parametrize(("blocks", "groups", "needed"), [(1, 1, 7), (6, 1, 7), (7, 2, 8), (9, 12, 10)])
def test_blocks_that_cannot_say_anything_are_refused(blocks: int, groups: int, needed: int) -> None:
    plan = record(1.0).header.plan
    plan = msgspec.structs.replace(plan, groups=plan.groups * groups, blocks=blocks)
    with pytest.raises(HarnessError, match=f"--blocks {blocks}: a verdict on {groups} cells? needs {needed}$"):
        gate.fitted(plan, lambda *_: 0.02, True)


def test_a_limit_of_its_own() -> None:
    (found,) = gate.decide(record(1.05), "time", lambda workload, strategy: 0.1)
    assert found.outcome == "pass"


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"blocks": 3}, "undecided"),
        ({"end": None}, "incomplete"),
        ({"end": End("interrupted", 8, {"all": 1.0})}, "incomplete"),
        ({"place": 1, "reason": "ValueError: here"}, "incomplete"),
        ({"place": 0, "reason": "ValueError: here"}, "incomplete"),
        ({"place": 0, "reason": "there is no Python file /x/jobs.py"}, "new"),
        ({"place": 0, "reason": "/my code/jobs.py has no task"}, "new"),
        ({"place": 1, "reason": "there is no Python file /x/jobs.py"}, "incomplete"),
    ],
)
def test_what_is_not_known_never_passes(changes: dict[str, Any], outcome: str) -> None:
    (found,) = gate.decide(record(1.0, **changes), "time", lambda workload, strategy: 0.02)
    assert found.outcome == outcome
    assert gate.overall([found]) == outcome


def test_the_worst_outcome_is_the_gates() -> None:
    def one(outcome: Any) -> gate.Decision:
        return gate.Decision("sleep", "gevent", "time", 0.02, outcome)

    assert gate.overall([one("pass"), one("undecided"), one("regression")]) == "regression"
    assert gate.overall([one("pass"), one("undecided")]) == "undecided"
    assert gate.overall([one("pass"), one("incomplete"), one("undecided")]) == "incomplete"
    assert gate.overall([one("pass"), one("new")]) == "pass"
    assert gate.overall([one("new")]) == "new"
    assert gate.overall([]) == "incomplete"
