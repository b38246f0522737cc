"""The action, the workflows and the pages on CI: valid, pinned, and run by a real shell on a real merge commit."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.repository import JOB, git

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
STEADY = 20_000


def read(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def blocks(language: str) -> list[str]:
    """The code blocks of a language in docs/ci.md."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / "ci.md").read_text(), re.DOTALL)


def valid(schema: str, *paths: Path) -> None:
    command = [BIN / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", *paths]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_they_are_what_github_and_gitlab_read(tmp_path: Path) -> None:
    github, shards, gitlab = tmp_path / "gate.yml", tmp_path / "shards.yml", tmp_path / ".gitlab-ci.yml"
    for path, text in zip((github, shards, gitlab), blocks("yaml"), strict=True):
        path.write_text(text)
    valid("github-workflows", *WORKFLOWS, github, shards)
    valid("github-actions", ROOT / "action.yml")
    valid("dependabot", ROOT / ".github" / "dependabot.yml")
    valid("gitlab-ci", gitlab)


def test_nothing_is_known_against_them() -> None:
    command = [BIN / "zizmor", "--offline", "--no-progress", "--quiet", ROOT / "action.yml", ROOT / ".github"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", [*WORKFLOWS, ROOT / "action.yml"], ids=lambda path: path.name)
def test_every_action_is_pinned(path: Path) -> None:
    for used in re.findall(r"uses: (\S+)", path.read_text()):
        assert used == "./" or re.search(r"@[0-9a-f]{40}$", used)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_workflow_may_write(path: Path) -> None:
    said = read(path)
    assert said["permissions"] == {}
    assert not any("permissions" in job for job in said["jobs"].values())
    assert "pull_request_target" not in path.read_text()


@pytest.fixture
def merged(tmp_path: Path) -> Callable[[float], Path]:
    """Make a repository as a job has it: the merge of a branch that does so many times the work into main."""

    def make(times: float) -> Path:
        folder = tmp_path / "repository"
        folder.mkdir()
        git(folder, "init", "--quiet", "--initial-branch=main")
        (folder / "jobs.py").write_text(JOB.format(STEADY))
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "-m", "base")
        git(folder, "checkout", "--quiet", "-b", "change")
        (folder / "jobs.py").write_text(JOB.format(round(STEADY * times)))
        git(folder, "commit", "--quiet", "--all", "--allow-empty", "-m", "change")
        git(folder, "checkout", "--quiet", "main")
        git(folder, "merge", "--quiet", "--no-ff", "change", "-m", "merge")
        git(folder, "update-ref", "refs/remotes/origin/main", "HEAD^1")
        return folder

    return make


def in_a_shell(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    paths = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HARNESS_GATE_WAIT": "1"}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    about = os.environ | paths | environment
    return subprocess.run(command, cwd=folder, env=about, capture_output=True, text=True, timeout=120)


def step_of_action(name: str) -> Any:
    (step,) = [step for step in read(ROOT / "action.yml")["runs"]["steps"] if step["name"] == name]
    return step


def run_action(folder: Path, arguments: str, merge: str = "") -> tuple[subprocess.CompletedProcess[str], str, str]:
    """Run the action's gate as a runner does: the shell's result, the summary and the outputs."""
    step = step_of_action("Gate")
    files = {name: folder.parent / name.lower() for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    for path in files.values():
        path.touch()
    environment = {"BASE": "git:HEAD^1", "ARGUMENTS": arguments, "RUNNER_TEMP": str(folder.parent), "MERGE": merge}
    environment |= {"GITHUB_ACTIONS": "true"}
    done = in_a_shell(step["run"], folder, **environment, **{name: str(path) for name, path in files.items()})
    summary, outputs = (path.read_text() for path in files.values())
    return done, summary, outputs


ASKED = "-s sequential -W ./jobs.py:task --tasks 20 --blocks 8 --rounds 5"


@pytest.mark.parametrize(
    ("times", "arguments", "status", "outcome"),
    [
        (1.5, "", 1, "regression"),
        pytest.param(0.5, "", 0, "pass", marks=pytest.mark.slow),
        (1.0, "--max-time 0.1", 3, "undecided"),
    ],
)
def test_the_action_on_a_merge_commit(
    merged: Callable[[float], Path], times: float, arguments: str, status: int, outcome: str
) -> None:
    folder = merged(times)
    done, summary, outputs = run_action(folder, f"{ASKED} {arguments}")
    assert done.returncode == status, done.stdout + done.stderr
    assert outputs.endswith(f"outcome={outcome}\n")
    assert f"**gate: {outcome}.**" in summary
    assert "| workload" in summary
    assert "--base git:" in summary, "the command that repeats it"
    assert ("::error file=jobs.py,title=gate%3A " in done.stdout) == (status != 0)
    assert ("::error::" in done.stdout) == (status != 0)
    (kept,) = folder.parent.glob("harness.*")
    assert len(list(kept.glob("*.jsonl"))) == 1
    assert json.loads((kept / "gate.json").read_text())["outcome"] == outcome
    assert git(folder, "status", "--porcelain") == ""


def test_the_action_says_what_was_wrong_with_its_arguments(merged: Callable[[float], Path]) -> None:
    done, summary, outputs = run_action(merged(1.0), "-s geevent -W *.py")
    assert done.returncode == 2
    assert "geevent" in summary
    assert "outcome" not in outputs


@pytest.mark.slow
def test_the_action_merges_what_shards_of_it_measured(merged: Callable[[float], Path]) -> None:
    folder = merged(1.5)
    for number in (1, 2):
        done, _, _ = run_action(folder, f"{ASKED} --shard {number}/2")
        assert done.returncode == 0, done.stdout + done.stderr
    done, summary, outputs = run_action(folder, "", merge=f"{folder.parent}/harness.*/gate.json")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "**gate: regression.**" in summary
    assert outputs.endswith("outcome=regression\n")


GH = """#!/bin/sh
echo "$@" >>"$CALLS"
case "$*" in
  *"--method PATCH"*) exit "$STATUS" ;;
  *body=*) exit "$STATUS" ;;
  *) [ -z "$THERE" ] || echo "$THERE" ;;
esac
"""


@pytest.mark.parametrize(
    ("there", "status", "called"),
    [("", 0, "issues/7/comments -F body="), ("42", 0, "issues/comments/42 -F body="), ("", 1, "")],
)
def test_there_is_one_comment_which_is_updated(tmp_path: Path, there: str, status: int, called: str) -> None:
    """`gh` is a script of ours, which says what it was called with; the comments of others are not asked for."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gh").write_text(GH)
    (tmp_path / "bin" / "gh").chmod(0o755)
    (tmp_path / "comment.md").write_text("**gate: regression.**\n")
    about = {"KEPT": str(tmp_path), "MARKER": "<!-- harness gate: harness-gate -->", "CALLS": str(tmp_path / "calls")}
    about |= {"COMMENTS": "repos/o/r/issues/7/comments", "COMMENT": "repos/o/r/issues/comments"}
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    script = step_of_action("Comment")["run"]
    done = in_a_shell(f"export PATH={path}; {script}", tmp_path, THERE=there, STATUS=str(status), **about)
    assert done.returncode == 0, done.stderr
    assert called in (tmp_path / "calls").read_text()
    assert ("::notice::" in done.stdout) == (status != 0), "a job that may not comment does not fail"
    assert (tmp_path / "body.md").read_text() == "<!-- harness gate: harness-gate -->\n**gate: regression.**\n"


def test_the_comment_is_left_out_for_forks_and_for_shards() -> None:
    condition = step_of_action("Comment")["if"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition
    assert "!contains(inputs.arguments, '--shard')" in condition


@pytest.mark.slow
@pytest.mark.parametrize(("times", "status", "text"), [(1.5, 1, "slower"), (0.5, 0, "no slower")])
def test_the_shell_of_the_page(merged: Callable[[float], Path], times: float, status: int, text: str) -> None:
    (script,) = blocks("sh")
    done = in_a_shell(f"set +e\n{script}", merged(times), HARNESS_GATE_MAX_TIME="15", HARNESS_GATE_LIMIT="0.1")
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == text
