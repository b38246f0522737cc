"""What is checked out, and how much of it is in no commit."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.variants import git as checkout
from harness.variants.build import build
from tests.repository import git


@pytest.mark.parametrize(
    ("files", "changed"),
    [
        ([], 0),
        (["jobs.py"], 1),
        (["more.py", "notes.txt"], 1),
        (["package/__init__.py", "package/a.py"], 2),
        (["my jobs.py", "jobs é.py"], 2),
        (["ignored/jobs.py"], 0),
        (["env/pyvenv.cfg", "env/lib/python3.11/site-packages/a/b.py", "env/bin/activate_this.py"], 0),
        (["env/pyvenv.cfg", "env/lib/a.py", "more.py"], 1),
        (["a/b/env/pyvenv.cfg", "a/b/env/lib/a.py", "a/b/c.py"], 1),
        (["conda/conda-meta/history", "conda/lib/a.py"], 0),
        (["node_modules/node-gyp/gyp/gyp_main.py"], 0),
        ([".tox/py311/tmp/a.py"], 0),
        (["vendor/six-1.0.dist-info/METADATA", "vendor/six.py"], 0),
        (["pyvenv.cfg", "more.py"], 1),
    ],
)
def test_files_that_are_in_no_commit_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: list[str], changed: int
) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / "jobs.py").write_text("")
    (tmp_path / ".gitignore").write_text("ignored/\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "base")
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("1")
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    found = checkout.commit()
    assert found is not None
    assert (found.branch, found.changed) == ("main", changed)


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("1700000000 +0530", "2023-11-15T03:43:20+05:30"),
        ("1700000000 -7530", "2023-11-14T22:13:20+00:00"),
        ("1000000000000 +0000", None),
        ("0x5 +0000", None),
    ],
)
def test_a_commit_is_of_whatever_time_somebody_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, time: str | None
) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "-m", "base")
    whole = git(tmp_path, "cat-file", "commit", "HEAD")
    odd = re.sub(r"(?m)^(committer .*>) .*$", rf"\1 {written}", whole)
    made = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--literally", "--stdin"],
        cwd=tmp_path, input=odd, capture_output=True, text=True, check=True,
    )  # fmt: skip
    git(tmp_path, "update-ref", "HEAD", made.stdout.strip())
    monkeypatch.chdir(tmp_path)
    found = checkout.commit()
    assert (found and found.time.isoformat()) == time


def test_where_nothing_is_checked_out_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert checkout.commit() is None
    git(tmp_path, "init", "--quiet")
    assert checkout.commit() is None


def test_why_a_revision_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    origin = tmp_path / "origin"
    origin.mkdir()
    git(origin, "init", "--quiet", "--initial-branch=main")
    for name in ("one", "two"):
        git(origin, "commit", "--quiet", "--allow-empty", "-m", name)
    git(origin, "branch", "release")
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{origin}", "shallow")
    git(tmp_path, "clone", "--quiet", f"file://{origin}", "whole")
    monkeypatch.chdir(tmp_path / "shallow")
    assert "fetch-depth: 0" in checkout.lacking("HEAD~1")
    with pytest.raises(HarnessError, match=r"has no revision HEAD~1; it is a shallow clone, .*fetch-depth: 0"):
        build("base=git:HEAD~1")
    monkeypatch.chdir(tmp_path / "whole")
    assert checkout.lacking("HEAD~7") == ""
    assert checkout.lacking("release") == "; there is origin/release"
    assert checkout.lacking("--all") == ""


def test_a_file_whose_name_is_no_unicode_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "-m", "base")
    Path(os.fsdecode(bytes(tmp_path) + b"/\xff.py")).write_text("")
    monkeypatch.chdir(tmp_path)
    found = checkout.commit()
    assert found is not None
    assert found.changed == 1
