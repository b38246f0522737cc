"""What a host says of what is installed there."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

import pytest

from harness.hosts import boot
from harness.hosts.kinds import Environment, lacking

COMMIT = "0123456789abcdef0123456789abcdef01234567"
GIT = {"url": "https://example.com/a.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}
OTHER_GIT = {**GIT, "vcs_info": {"vcs": "git", "commit_id": COMMIT[::-1]}}
WHEEL = {"url": "file:///home/u/a.whl", "archive_info": {"hash": "sha256=aaaa", "hashes": {"sha256": "aaaa"}}}
OLD_WHEEL = {"url": "https://example.com/a.whl", "archive_info": {"hash": "sha256=aaaa"}}
OTHER_WHEEL = {**WHEEL, "archive_info": {"hashes": {"sha256": "bbbb"}}}
FOLDER = {"url": "file:///home/u/a", "dir_info": {}}
NO_HASH = {"url": "file:///home/v/a.whl", "archive_info": {}}
FILES = "a.py,sha256=x,3\n../../../bin/a,sha256={0},9\na-1.dist-info/direct_url.json,sha256={0},9\na.pyc,,\n"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Environment]:
    """What is said where nothing else is installed than `a`, from somewhere, with some files."""

    def said(direct: dict[str, Any] | None, files: str = FILES) -> Environment:
        about = tmp_path / "a-1.dist-info"
        about.mkdir(exist_ok=True)
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: a\nVersion: 1\n")
        (about / "RECORD").write_text(files)
        (about / "direct_url.json").unlink(missing_ok=True)
        if direct:
            (about / "direct_url.json").write_text(json.dumps(direct))
        monkeypatch.setattr(sys, "path", [str(tmp_path)])
        return Environment(**boot.environment())

    return said


@pytest.mark.parametrize("other", [OTHER_GIT, WHEEL, None])
def test_another_commit_is_another_package(installed: Callable[..., Environment], other: dict[str, Any] | None) -> None:
    here = installed(GIT)
    assert lacking(installed(GIT), here) is None
    assert lacking(installed(other), here) is not None


def test_what_differs_is_said(installed: Callable[..., Environment]) -> None:
    said = f"a 1 of {COMMIT[::-1][: boot.KEY]}, here 1 of {COMMIT[: boot.KEY]}"
    assert lacking(installed(OTHER_GIT), installed(GIT)) == said


def test_an_archive_goes_by_its_hash_from_wherever_it_came(installed: Callable[..., Environment]) -> None:
    here = installed(WHEEL)
    assert lacking(installed(OLD_WHEEL), here) is None
    assert lacking(installed(OTHER_WHEEL), here) == "a 1 of bbbb, here 1 of aaaa"


def test_what_nobody_has_hashed_goes_by_its_files(installed: Callable[..., Environment]) -> None:
    here = installed(FOLDER, FILES.format("1"))
    assert lacking(installed(NO_HASH, FILES.format("2")), here) is None
    assert lacking(installed(FOLDER, FILES.replace("x", "y")), here) is not None


def test_what_lies_in_somebodys_folder_is_not_compared(installed: Callable[..., Environment]) -> None:
    assert installed({**FOLDER, "dir_info": {"editable": True}}).distributions == {}


def test_uv_is_asked_for_what_an_index_has(installed: Callable[..., Environment]) -> None:
    assert installed(None).requirements == ["a==1"]
    assert installed(GIT).requirements == []


def test_the_first_of_a_name_counts(
    installed: Callable[..., Environment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(None)
    (tmp_path / "later" / "a-2.dist-info").mkdir(parents=True)
    (tmp_path / "later" / "a-2.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: A\nVersion: 2\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "later")])
    assert boot.environment()["distributions"] == {"a": "1"}


def test_what_has_lost_what_is_about_it_is_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """As importlib_metadata says it, which a library of the user's may import."""

    class Bare(Distribution):
        @property
        def metadata(self) -> Any:
            raise FileNotFoundError

        def read_text(self, filename: str) -> str | None:
            return None

        def locate_file(self, path: Any) -> Path:
            return Path("/", path)

    monkeypatch.setattr(boot, "distributions", lambda: [Bare()])
    assert boot.environment()["distributions"] == {}


@pytest.mark.parametrize("cache", ["/proc/absent", "~/.cache"])
def test_where_nothing_can_be_kept_the_answer_says_so(cache: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it prints may go to a log that nobody reads."""
    monkeypatch.setenv("HARNESS_CACHE", cache)
    asked, (heard, answers) = io.BytesIO(b'{"keys": ["a"]}\n'), os.pipe()
    boot.serve(asked, answers)
    os.close(answers)
    with open(heard, "rb") as file:
        _, answer = file.readlines()
    assert cache in json.loads(answer)["failure"]


def test_a_home_that_nobody_knows_is_no_folder_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HARNESS_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    with pytest.raises(OSError, match="HARNESS_CACHE names one where there is no home"):
        boot.cache("sent")
    assert not list(tmp_path.iterdir())
