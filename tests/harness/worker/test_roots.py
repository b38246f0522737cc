"""A folder in place of another: what is moved there, and what counts as its own. Links and nested folders included."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from harness.worker import roots


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module of the user's, the only one that is loaded."""
    module = ModuleType("jobs")
    monkeypatch.setattr(sys, "modules", {"jobs": module})
    return module


def made(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "jobs.py").write_text("")


def pair(root: Path, instead_of: Path) -> dict[str, str]:
    return {"root": str(root), "instead_of": str(instead_of)}


def test_a_place_is_moved_also_where_a_link_leads_to_it(tmp_path: Path) -> None:
    made(tmp_path, "a", "b")
    (tmp_path / "link").symlink_to("a")
    folder = pair(tmp_path / "b", tmp_path / "a")
    assert roots.moved(f"{tmp_path}/link/src", folder) == f"{tmp_path}/b/src"
    assert roots.moved(f"{tmp_path}/b/src", folder) == f"{tmp_path}/b/src"
    assert roots.moved(f"{tmp_path}/c", folder) == f"{tmp_path}/c"


def test_of_two_folders_the_inner_one_has_what_is_in_it(tmp_path: Path, only: ModuleType) -> None:
    """A worktree within its repository against the repository: its files are not the repository's."""
    made(tmp_path, "repo", "repo/wt")
    outer, inner = pair(tmp_path / "repo", tmp_path / "repo/wt"), pair(tmp_path / "repo/wt", tmp_path / "repo")
    assert roots.moved(f"{tmp_path}/repo/wt/src", outer) == f"{tmp_path}/repo/src"
    assert roots.moved(f"{tmp_path}/repo/src", inner) == f"{tmp_path}/repo/wt/src"
    assert roots.moved(f"{tmp_path}/repo/wt/src", inner) == f"{tmp_path}/repo/wt/src"
    only.__file__ = f"{tmp_path}/repo/wt/jobs.py"
    assert roots.loaded(outer) == {"own_modules": 0, "strange_module": f"jobs ({only.__file__})"}
    assert roots.loaded(inner) == {"own_modules": 1, "strange_module": None}
    only.__file__ = f"{tmp_path}/repo/jobs.py"
    assert roots.loaded(outer) == {"own_modules": 1, "strange_module": None}
    assert roots.loaded(inner) == {"own_modules": 0, "strange_module": f"jobs ({only.__file__})"}


@pytest.mark.parametrize(("theirs", "own"), [("other.py", 1), ("shared.py", 0)])
def test_a_link_that_leads_out_of_the_folder_is_its_own_unless_both_lead_to_one_file(
    tmp_path: Path, only: ModuleType, theirs: str, own: int
) -> None:
    for name, file in (("a", theirs), ("b", "shared.py")):
        (tmp_path / file).write_text("")
        (tmp_path / name).mkdir()
        (tmp_path / name / "jobs.py").symlink_to(tmp_path / file)
    only.__file__ = f"{tmp_path}/shared.py"
    asked = ("harness.strategies.threads:Threads", f"{tmp_path}/b/jobs.py:task")
    assert roots.loaded(pair(tmp_path / "b", tmp_path / "a"), asked)["own_modules"] == own
    assert roots.loaded(pair(tmp_path / "b", tmp_path / "b"), asked)["own_modules"] == 1


def test_a_users_folder_beside_the_interpreters_is_not_installed() -> None:
    assert roots.is_installed(os.path.realpath(os.__file__))
    assert not roots.is_installed(f"{os.path.realpath(sys.base_prefix)}/src/app/jobs.py")
    assert roots.is_installed("/home/me/app/.venv/lib/python3.11/site-packages/trio/_core.py")
