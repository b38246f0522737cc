"""Temporary folders: all of a run's in one, and what of earlier runs the next one removes."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from harness.process.folders import HELD, root, temporary


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left(place: Path, name: str, held: str | None = HELD, seconds: float = 0.0) -> Path:
    """A folder that was last touched so many seconds after the beginning of time."""
    (folder := place / name).mkdir()
    (folder / "certificate").write_text("")
    if held:
        (folder / held).write_text("")
        os.utime(folder / held, (seconds, seconds))
    return folder


def test_all_of_them_are_in_one_that_is_there_as_long_as_any_of_them(place: Path) -> None:
    descriptors = os.listdir("/proc/self/fd")
    first, second = temporary(), temporary()
    with root() as held:
        assert list(place.iterdir()) == []
        folders = [Path(one.__enter__()) for one in (first, second)]
        assert [folder.parent for folder in folders] == [Path(held)] * 2
        first.__exit__(None, None, None)
        assert [folder.exists() for folder in folders] == [False, True]
        second.__exit__(None, None, None)
        assert list(place.iterdir()) == []
    assert os.listdir("/proc/self/fd") == descriptors


def test_what_a_power_loss_left_is_removed_by_the_next_run_and_nothing_else(place: Path) -> None:
    stale = left(place, "harness-stale")
    others = [left(place, "harness-of-somebodys", held=None), left(place, "other")]
    others.append(left(place, "harness-new", seconds=2e9))
    running = left(place, "harness-running")
    with (running / HELD).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with temporary() as folder:
            assert {*place.iterdir()} == {*others, running, Path(folder).parent}
    assert not stale.exists()


def test_one_that_nothing_was_put_into_yet_is_removed_too(place: Path) -> None:
    names = ("harness-0123456789abcdef", "harness-fedcba9876543210", "harness-mine", "harness-0000000000000000")
    stale, new, theirs, filled = (place / name for name in names)
    for folder in (stale, new, theirs, filled):
        folder.mkdir()
    (filled / "file").write_text("")
    for folder in (stale, theirs, filled):
        os.utime(folder, (0, 0))
    with temporary() as folder:
        assert {*place.iterdir()} == {new, theirs, filled, Path(folder).parent}


def test_a_run_that_goes_on_for_long_keeps_its_own(place: Path) -> None:
    other = [sys.executable, "-c", "from harness.process.folders import temporary\nwith temporary(): pass"]
    with temporary() as folder:
        os.utime(Path(folder).parent / HELD, (0, 0))
        subprocess.run(other, check=True, env=os.environ | {"TMPDIR": str(place)})
        assert Path(folder).exists()
    assert list(place.iterdir()) == []
