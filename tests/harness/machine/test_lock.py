"""One measuring run at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
        text = rf"another run is measuring \(pid {other.pid}\); --wait"
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
    assert told == [f"another run is measuring (pid {other.pid}): waiting"]


def test_the_program_ends_with_its_own_status(harness: Callable[..., Finished], tmp_path: Path) -> None:
    with lock.machine(True, lambda text: None):
        done = harness("run", "-s", "sequential", "-W", "noop", *LOOK, HARNESS_RUN_WAIT="0")
    assert done.returncode == 75
    assert f"another run is measuring (pid {os.getpid()})" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "results").exists()
