"""What is checked out, and how much of it is in no commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.variants import git as checkout
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
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("1")
    monkeypatch.chdir(tmp_path)
    found = checkout.commit()
    assert found is not None
    assert (found.branch, found.changed) == ("main", changed)
