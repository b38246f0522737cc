"""Where cells run: interpreters, packages, revisions and folders, with the real uv and git."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.record.plan import Variant
from harness.variants import build as variants
from tests.builders import LOOK, Finished, rows
from tests.repository import git

JOB = "import time\ndef task(index):\n    time.sleep({})\n    return index\n"


def test_a_spec_in_parts() -> None:
    spec = variants.parse("new=python:3.13,pip:gevent>=24,<27,pip:trio==0.30,git:origin/main")
    assert (spec.name, spec.python, spec.git, spec.path) == ("new", "3.13", "origin/main", None)
    assert spec.pip == ["gevent>=24,<27", "trio==0.30"]
    assert variants.parse("new=path:-x").path == "-x"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("new", "write it as NAME=SPEC"),
        ("=pip:gevent", "write it as NAME=SPEC"),
        ("a b=pip:gevent", "write it as NAME=SPEC"),
        ("new=gevent==26", "'gevent==26' is none of python:3.13"),
        ("new=pip:", "is none of"),
        ("new=python:3.12,python:3.13", "python is given twice"),
        ("new=git:main,path:.", "two places"),
        ("new=pip:--index-url=http://x", "'--index-url=http://x' is an option, and no pip"),
        ("new=pip:gevent,pip: -r x", "' -r x' is an option"),
        ("new=git:--exec=x", "'--exec=x' is an option, and no git"),
        ("new=python:-c", "'-c' is an option, and no python"),
    ],
)
def test_what_is_no_spec(text: str, why: str) -> None:
    with pytest.raises(HarnessError, match=why):
        variants.parse(text)


def test_what_is_kept_is_listed_without_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    monkeypatch.setattr(
        variants, "_run", lambda command, spec: Path(command[-1]).mkdir() if "venv" in command else None
    )
    variants.build("x=pip:a @ https://me:secret@h/a.whl")
    ((_, about, _),) = variants.kept()
    assert about == "pip:a @ https://me:***@h/a.whl"


@pytest.mark.parametrize(("text", "about"), [("[]", "unfinished"), ("nonsense", "unfinished"), ('{"for": 5}', "5")])
def test_a_damaged_note_of_what_is_kept_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, about: str
) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    (tmp_path / "trees" / "x").mkdir(parents=True)
    (tmp_path / "trees" / "x.json").write_text(text)
    assert [one[:2] for one in variants.kept()] == [("tree", about)]


def test_places_are_moved_into_the_variant() -> None:
    variant = Variant("base", "git:main", root="/cache/tree", instead_of="/home/me/repo")
    assert variant.at("/home/me/repo/sub/jobs.py:task") == "/cache/tree/sub/jobs.py:task"
    assert variant.at("/home/me/repo") == "/cache/tree"
    assert variant.at("/home/me/repository/jobs.py:task") == "/home/me/repository/jobs.py:task"
    assert variant.at("harness.strategies.gevent:Gevent") == "harness.strategies.gevent:Gevent"


@pytest.mark.parametrize(
    ("root", "commit", "here"),
    [
        (None, None, True),
        ("/me/a", None, True),
        ("/me", None, True),
        ("/me/b", None, False),
        ("/cache/x", "abc", False),
    ],
)
def test_which_variant_is_the_working_tree(root: str | None, commit: str | None, here: bool) -> None:
    assert Variant("base", "...", root=root, instead_of="/me/a", commit=commit).is_here == here


def test_places_are_moved_as_the_file_system_sees_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "a" / "jobs.py").symlink_to("/shared/jobs.py")
    monkeypatch.chdir(tmp_path / "link")
    for spec in ("path:../b", "path:../b/", f"path:{tmp_path}/link/../b/sub/.."):
        other = variants.build(f"b={spec}")
        assert other.at(f"{tmp_path}/link/jobs.py:task") == f"{tmp_path}/b/jobs.py:task"
        assert other.at(f"{tmp_path}/a/jobs.py:task") == f"{tmp_path}/b/jobs.py:task"
        assert other.at(f"{tmp_path}/link") == other.at(os.getcwd()) == f"{tmp_path}/b"
        assert other.at(f"{tmp_path}/b/jobs.py:task") == f"{tmp_path}/b/jobs.py:task"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert variants.build("b=path:~/link").root == f"{tmp_path}/a"


def test_a_revision_below_a_link_and_in_a_cache_that_is_one(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "real").mkdir()
    (repository / "cache").symlink_to("real")
    (repository / "top").symlink_to(".")
    monkeypatch.setenv("HARNESS_CACHE", "cache")
    monkeypatch.chdir(repository)
    base = variants.build("base=git:main")
    assert str(base.root).startswith(f"{repository}/real/trees/")
    assert base.instead_of == str(repository)
    assert base.at(f"{repository}/top/jobs.py:task") in (f"{base.root}/top/jobs.py:task", f"{base.root}/jobs.py:task")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose base takes 1 ms a task, and whose working tree takes 4."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / "jobs.py").write_text(JOB.format(0.001))
    git(tmp_path, "add", "jobs.py")
    git(tmp_path, "commit", "--quiet", "-m", "base")
    (tmp_path / "jobs.py").write_text(JOB.format(0.004))
    return tmp_path


def by_name(said: dict[str, Any]) -> dict[str, dict[str, Any]]:
    (group,) = said["groups"]
    return {row["name"]: row for row in group["rows"]}


def test_a_revision_and_the_working_tree_are_rows_of_one_group(
    repository: Path, document: Callable[..., dict[str, Any]], harness: Callable[..., Finished]
) -> None:
    asked = ("-s", "sequential", "-W", "./jobs.py:task", "--tasks", "5", "--blocks", "6", "--rounds", "2")
    found = by_name(document(*asked, "--variant", "base=git:main", "--variant", "here=path:."))
    base, here = found["sequential@base"], found["sequential@here"]
    assert (base["strategy"], base["variant"], here["variant"]) == ("sequential", "base", "here")
    assert base["wall_seconds"]["median"] < here["wall_seconds"]["median"]
    assert here["ratio"]["verdict"] == "slower"
    listed = harness("list", "variants").stdout
    assert git(repository, "rev-parse", "--short=12", "HEAD") in listed
    assert git(repository, "status", "--porcelain", "--untracked-files=no") == "M jobs.py"
    assert git(repository, "branch", "--list") == "* main"


def test_a_folder_stands_for_this_one_also_within_a_repository(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "sub").mkdir()
    monkeypatch.chdir(repository / "sub")
    here = variants.build("here=path:.")
    assert here.at(os.getcwd()) == os.getcwd()
    assert here.at(f"{repository}/sub/jobs.py:task") == f"{repository}/sub/jobs.py:task"
    base = variants.build("base=git:main")
    assert base.at(os.getcwd()) == f"{base.root}/sub"


def test_a_base_without_the_workload_is_a_row_that_says_so(
    repository: Path, document: Callable[..., dict[str, Any]]
) -> None:
    (repository / "more.py").write_text(JOB.format(0.001))
    asked = ("-s", "sequential", "-W", "./more.py:task", *LOOK, "--variant", "base=git:main")
    found = by_name(document(*asked, "--variant", "here=path:."))
    assert found["sequential@base"]["status"] == "failed"
    assert "there is no Python file" in found["sequential@base"]["reason"]
    assert found["sequential@here"]["status"] == "ok"


@pytest.mark.parametrize(
    ("variant", "text"),
    [
        ("base=git:nowhere", "has no revision nowhere"),
        ("other=path:/no/such", "there is no folder /no/such"),
        ("other=python:/no/such/python", "variant other:"),
        ("other=python:3.99", "variant other: uv finds no Python 3.99, write its path"),
        ("new=gevent", "is none of"),
    ],
)
def test_what_cannot_be_built_is_one_line(
    repository: Path, harness: Callable[..., Finished], variant: str, text: str
) -> None:
    done = harness("run", "-s", "sequential", "-W", "noop", *LOOK, "--variant", variant)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert text in done.stderr


def test_a_revision_outside_of_any_repository_is_one_line(harness: Callable[..., Finished]) -> None:
    done = harness("run", "-s", "sequential", "-W", "noop", "--variant", "a=git:main", GIT_CEILING_DIRECTORIES="/")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no git repository" in done.stderr


@pytest.mark.slow
@pytest.mark.together
def test_an_environment_of_other_packages(document: Callable[..., dict[str, Any]]) -> None:
    asked = ("-s", "gevent", "-W", "switch", *LOOK)
    found = by_name(document(*asked, "--variant", "new=pip:gevent==26.9.0", "--variant", "old=pip:gevent==24.11.1"))
    assert found["gevent@new"]["runs_on"]["gevent"] == "26.9.0"
    assert found["gevent@old"]["runs_on"]["gevent"] == "24.11.1"


@pytest.mark.slow
@pytest.mark.together
def test_our_interpreter_by_its_path(document: Callable[..., dict[str, Any]]) -> None:
    python = os.path.realpath(sys.executable)
    found = rows(document("-s", "asyncio", "-W", "echo", *LOOK, "--variant", f"here=python:{python}"))
    assert found["asyncio"]["status"] == "ok", found["asyncio"]["reason"]
    assert found["asyncio"]["runs_on"]["python"] == sys.version.split()[0]


@pytest.mark.slow
@pytest.mark.together
def test_a_package_that_does_not_exist_is_one_line_and_leaves_nothing(harness: Callable[..., Finished]) -> None:
    asked = ("run", "-s", "gevent", "-W", "noop", *LOOK)
    done = harness(*asked, "--variant", "new=pip:no-such-package-of-anybody==1.0")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "variant new:" in done.stderr
    assert "environment" not in harness("list", "variants").stdout


@pytest.mark.slow
@pytest.mark.together
def test_an_environment_that_was_removed_is_built_again(
    document: Callable[..., dict[str, Any]], harness: Callable[..., Finished], tmp_path: Path
) -> None:
    asked = ("-s", "gevent", "-W", "switch", *LOOK, "--variant", "new=pip:gevent==26.9.0")
    document(*asked)
    assert "environment kept" in harness("doctor").stdout
    (folder,) = (tmp_path / "cache" / "environments").glob("*/")
    shutil.rmtree(folder)
    assert by_name(document(*asked))["gevent@new"]["status"] == "ok"


@pytest.mark.parametrize(
    ("requirement", "name"),
    [
        ("gevent==26.9.0", "gevent"),
        ("Typing_Extensions>=4,<5", "typing-extensions"),
        ("uvloop[test]; python_version > '3.10'", "uvloop"),
        ("gevent @ https://example.org/gevent.whl", "gevent"),
        ("./my.package", "./my.package"),
        ("git+https://example.org/gevent", "git+https://example.org/gevent"),
    ],
)
def test_the_package_that_a_requirement_is_for(requirement: str, name: str) -> None:
    assert variants.package_of(requirement) == name
