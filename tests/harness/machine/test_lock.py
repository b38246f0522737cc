"""One measuring run at a time."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.machine import lock
from tests.builders import LOOK, Finished

HOLD = """
from harness.machine import lock

with lock.machine(False, print, {name!r}):
    print("held", flush=True)
    input()
"""


def holder(name: str) -> subprocess.Popen[str]:
    """A process that has the machine until it is told, or dies."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(name=name)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


@pytest.fixture
def name() -> str:
    return f"harness-test-{os.getpid()}"


def test_a_second_run_is_told_who_measures(name: str) -> None:
    with holder(name) as other:
        text = rf"another run is measuring \(pid {other.pid}, since \d\d:\d\d:\d\d\); --wait SECONDS waits for its end"
        with pytest.raises(lock.BusyError, match=text), lock.machine(False, print, name):
            pass
        other.communicate("\n")
    with lock.machine(False, print, name):
        pass


def test_a_run_that_was_killed_holds_nothing(name: str) -> None:
    with holder(name) as other:
        other.send_signal(signal.SIGKILL)
        other.wait()
        with lock.machine(False, print, name):
            pass


def test_who_waits_has_its_turn(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    with holder(name) as other:

        def pause(seconds: float) -> None:
            other.communicate("\n")

        monkeypatch.setattr(lock.time, "sleep", pause)
        with lock.machine(True, told.append, name):
            pass
    (said,) = told
    assert re.fullmatch(rf"another run is measuring \(pid {other.pid}, since .{{8}}\): waiting", said)


def test_who_has_waited_for_so_long_gives_up(name: str) -> None:
    told: list[str] = []
    text = r"another run is measuring \(pid .*\), still after 0.3 s; --wait"
    with (
        holder(name),
        pytest.raises(lock.BusyError, match=text),
        lock.machine(0.3, told.append, name),
    ):
        pass
    assert told


def test_nothing_stays_of_a_lock(name: str) -> None:
    before = set(lock._folder().iterdir())
    with lock.machine(False, print, name):
        (file,) = set(lock._folder().iterdir()) - before
        assert file.stat().st_mode & 0o777 == 0o600
    assert not file.exists()


@pytest.mark.parametrize("another", [False, True])
def test_a_holder_that_ends_between_opening_and_locking_is_none(
    name: str, another: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file is gone, or another's."""
    taken, real = [], os.open

    def opens(file: Any, *how: Any, **more: Any) -> int:
        descriptor = real(file, *how, **more)
        if not taken and str(file).endswith(".lock"):
            taken.append(file)
            os.unlink(file)
            if another:
                Path(file).touch()
        return descriptor

    monkeypatch.setattr(lock.os, "open", opens)
    with lock.machine(False, print, name):
        assert taken


def test_all_sessions_of_a_user_have_the_same_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock.os, "access", lambda path, mode: True)  # /run/user, too, which is there while one is in
    assert str(lock._folder()) == f"/tmp/concurrency-harness-{os.getuid()}"


@pytest.fixture
def taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else has the folder of locks."""
    theirs = tmp_path / f"concurrency-harness-{os.getuid()}"
    theirs.mkdir()
    theirs.chmod(0o777)
    monkeypatch.setattr(lock.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(lock.os, "access", lambda path, mode: False)
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))


@pytest.mark.usefixtures("taken")
def test_where_somebody_else_has_the_folder_locks_are_where_nobody_else_can_be(name: str, tmp_path: Path) -> None:
    with lock.machine(False, print, name):
        (file,) = (tmp_path / "cache" / "locks").iterdir()
        assert file.parent.stat().st_mode & 0o777 == 0o700
        with pytest.raises(lock.BusyError), lock.machine(False, print, name):
            pass


@pytest.mark.usefixtures("taken")
def test_a_folder_that_others_may_write_to_is_none_for_locks(name: str, tmp_path: Path) -> None:
    (tmp_path / "cache" / "locks").mkdir(parents=True)
    (tmp_path / "cache" / "locks").chmod(0o777)
    text = "cache/locks, where locks are, is not a folder that you alone may write to: remove it"
    with pytest.raises(HarnessError, match=text), lock.machine(False, print, name):
        pass


@pytest.mark.parametrize(
    "command",
    [("list", "strategies"), ("list", "workloads"), ("doctor",), ("serve", "--port", "0")],
    ids=lambda command: " ".join(command),
)
def test_what_would_disturb_a_run_says_so(harness: Callable[..., Finished], command: tuple[str, ...]) -> None:
    with lock.machine(True, lambda text: None):
        for more in ((), ("--wait", "0.3")):
            done = harness(*command, *more)
            assert done.returncode == 75
            assert re.match(rf"harness: another run is measuring \(pid {os.getpid()}, ", done.stderr)
            assert done.stdout == ""


@pytest.mark.parametrize(
    ("said", "status", "text"),
    [(("--wait", "soon"), 2, "soon: write seconds, such as --wait 60, or nothing after it"), (("--wait=-1",), 2, "-1")],
)
def test_what_is_no_time_to_wait_is_one_line(
    harness: Callable[..., Finished], said: tuple[str, ...], status: int, text: str
) -> None:
    done = harness("doctor", *said)
    assert (done.returncode, text in done.stderr) == (status, True)


def test_the_program_ends_with_its_own_status(harness: Callable[..., Finished], tmp_path: Path) -> None:
    with lock.machine(True, lambda text: None):
        done = harness("run", "-s", "sequential", "-W", "noop", *LOOK, HARNESS_RUN_WAIT="0")
    assert done.returncode == 75
    assert f"another run is measuring (pid {os.getpid()}, since" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "results").exists()
