"""A few of the system calls at which a run is killed, or refused what it asked for: the program tries hundreds
(`python -m tests.benchmarks.calls`)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.benchmarks import calls
from tests.benchmarks.calls import Log, Point, is_right, one, spread

POINTS = [
    Point("record", "openat", 3, "EMFILE"), Point("record", "write", 1, "EIO"), Point("record", "rename", 1, "SIGKILL"),
    Point("record", "fdatasync", 2, "EIO"), Point("record", "write", 4, "ENOSPC"),
    Point("record", "fdatasync", 5, "SIGKILL"), Point("processes", "clone", 3, "EAGAIN"),
    Point("processes", "clone", 4, "SIGKILL"), Point("processes", "clone3", 1, "EAGAIN"),
    Point("processes", "pidfd_open", 3, "EMFILE"), Point("processes", "pipe2", 8, "EMFILE"),
    Point("processes", "sched_setaffinity", 3, "EPERM"),
]  # fmt: skip


def traces() -> bool:
    """Whether there is a strace that may trace."""
    found = shutil.which("strace")
    return bool(found) and not subprocess.run([found, "-o", "/dev/null", "true"], capture_output=True).returncode


@pytest.mark.slow
@pytest.mark.together
@pytest.mark.skipif(not traces(), reason="needs strace, and leave to trace (ptrace)")
@pytest.mark.parametrize("point", POINTS, ids=lambda point: " ".join(map(str, point)))
def test_a_call_that_is_broken_loses_nothing_and_leaves_nothing(tmp_path: Path, point: Point) -> None:
    done = one(tmp_path, point)
    if done is None:
        pytest.skip("the run did not come to this point")
    assert set(done[5:]) == {0}, done


TRACED = """\
openat(AT_FDCWD, "results", O_RDONLY) = 4
fdatasync(5) = 0
write(5, "x"..., 9) = 9
fdatasync(5) = 0
write(5, "y"..., 9) = 9
fdatasync(5) = -1 EIO (Input/output error) (INJECTED)
+++ exited with 5 +++
"""


def test_what_was_acknowledged_is_read_from_what_strace_wrote(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(TRACED)
    log = Log(tmp_path / "log")
    assert log.acknowledged() == 1
    assert log.is_broken(Point("record", "fdatasync", 3, "EIO"))
    assert log.is_broken(Point("record", "fdatasync", 3, "SIGKILL"))
    assert not log.is_broken(Point("record", "write", 3, "SIGKILL"))
    assert [one for one in log.points("record") if one.call == "write" and one.fault == "EIO"] == [
        Point("record", "write", 1, "EIO"), Point("record", "write", 2, "EIO")
    ]  # fmt: skip


def test_a_point_that_a_run_does_not_come_to_is_passed_over_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def traced(folder: Path, of: str, point: Point) -> tuple[int, Log]:
        (folder / "log").write_text(TRACED.replace(" (INJECTED)", ""))
        return 0, Log(folder / "log")

    monkeypatch.setattr(calls, "traced", traced)
    monkeypatch.setattr(calls, "points", lambda: [Point("record", "write", number, "EIO") for number in (7, 8)])
    monkeypatch.setattr(calls, "NUMBER", 2)
    asked = ["--tries", "2", "--kept", f"{tmp_path / 'kept'}"]
    said = CliRunner().invoke(calls.main, asked).output.splitlines()
    assert [line.split()[:4] for line in said[2:]] == [["not", "reached,", "record", "2"], ["all", "2", "0", "0"]]


def test_calls_that_are_often_made_come_no_sooner_than_the_others() -> None:
    often = [Point("processes", "poll", number, "SIGKILL") for number in range(1, 9)]
    seldom = Point("processes", "clone", 1, "SIGKILL")
    assert seldom in spread([*often, seldom])[:2]


@pytest.mark.parametrize(
    ("status", "point", "whole", "right"),
    [
        (-9, Point("record", "write", 1, "SIGKILL"), False, True),
        (5, Point("record", "write", 1, "EIO"), False, True),
        (3, Point("record", "write", 1, "EIO"), False, False),
        (0, Point("record", "write", 1, "EIO"), False, False),
        (0, Point("record", "flock", 1, "ENOLCK"), True, True),
        (3, Point("processes", "pipe2", 1, "EMFILE"), True, True),
        (70, Point("processes", "pipe2", 1, "EMFILE"), True, False),
        (None, Point("processes", "pipe2", 1, "EMFILE"), False, False),
    ],
)
def test_which_status_is_right(status: int | None, point: Point, whole: bool, right: bool) -> None:
    assert is_right(status, point, whole) is right
