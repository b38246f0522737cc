"""The gate in the clones and folders that CI has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import Finished

ME = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b.c", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b.c"}
FEW = ("-s", "sequential", "--tasks", "2", "--blocks", "7")


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, env=os.environ | ME, check=True, capture_output=True)


def job(folder: Path, loops: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "jobs.py").write_text(f"def task(index):\n    return sum(range({loops}))\n")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository of two commits."""
    job(tmp_path / "full", 20_000)
    git(tmp_path / "full", "init", "-q", "-b", "main", ".")
    for loops in (20_000, 20_001):
        job(tmp_path / "full", loops)
        git(tmp_path / "full", "add", "-A")
        git(tmp_path / "full", "commit", "-qm", str(loops))
    return tmp_path / "full"


def gate(folder: Path, *words: str) -> Finished:
    command = [sys.executable, "-m", "harness", "gate", "-q", *words, *FEW]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("base", "candidate"), [(".", "../b"), ("../top/a/", "../link"), pytest.param(".", "{}/b", marks=pytest.mark.slow)]
)
def test_two_folders_side_by_side_are_compared_as_the_file_system_has_them(
    tmp_path: Path, base: str, candidate: str
) -> None:
    job(tmp_path / "a", 100_000)
    job(tmp_path / "b", 400_000)
    for link, target in (("link", "b"), ("here", "a"), ("top", ".")):
        (tmp_path / link).symlink_to(target)
    asked = ("--base", f"path:{base}", "--candidate", f"path:{candidate.format(tmp_path)}", "-W", "./jobs.py:task")
    done = gate(tmp_path / "here", *asked)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "regression" in done.stdout


def test_a_shallow_clone_is_told_what_to_fetch(tmp_path: Path, clone: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{clone}", "shallow")
    done = gate(tmp_path / "shallow", "--base", "git:HEAD~1", "-W", "./jobs.py:task")
    assert done.returncode == 2
    assert "fetch-depth: 0" in done.stderr


def test_a_workload_that_the_base_lacks_is_named_by_its_path_in_the_tree(clone: Path) -> None:
    (clone / "new.py").write_text((clone / "jobs.py").read_text())
    done = gate(clone, "--base", "git:HEAD", "-W", "./new.py:task")
    assert done.returncode == 0, done.stdout
    assert "cache" not in done.stdout
    assert "new.py" in done.stdout


def test_what_is_broken_or_mistyped_is_one_line(tmp_path: Path, clone: Path) -> None:
    for base, which in (("git:HEAD~9", "HEAD~9"), ("git:", "git:"), ("HEAD~1", "HEAD~1")):
        done = gate(clone, "--base", base, "-W", "./jobs.py:task")
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert which in done.stderr
    (clone / "jobs.py").write_text("def task(index):\n    raise ValueError('broken')\n")
    broken = gate(clone, "--base", "git:HEAD", "-W", "./jobs.py:task")
    assert broken.returncode == 3
    assert "ValueError: broken" in broken.stdout
