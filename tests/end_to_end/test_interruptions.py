"""Signals and hang-ups that end a run, while it measures and while it cleans up: the status, and what is left.

The program tries hundreds (`python -m tests.benchmarks.interruptions`)."""

from __future__ import annotations

import json
import os
import pty
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.benchmarks.interruptions import KINDS, is_right, one
from tests.benchmarks.tries import processes, records, started
from tests.hostile import DAEMON, numbers, soon_gone, until

LONG = ("run", "-s", "sequential", "-W", "./jobs.py:task", "--tasks", "4", "--blocks", "50", "--warmup", "0")


def running(folder: Path, seconds: float, terminal: int | None = None) -> subprocess.Popen[bytes]:
    """A run whose tasks leave daemons, some of which are there."""
    process = started(folder, *LONG, seconds=seconds, terminal=terminal)
    assert until(lambda: len(numbers(folder / "started")) >= (4 if seconds < 1 else 1), 60)
    return process


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=str
)
def test_a_signal_ends_a_run_and_daemons_that_it_left(tmp_path: Path, number: signal.Signals, status: int) -> None:
    process = running(tmp_path, 60)
    process.send_signal(number)
    assert process.wait(20) == status
    assert not processes(tmp_path)
    (record,) = records(tmp_path)
    assert record.end is not None
    assert record.end.status == "interrupted"


@pytest.mark.parametrize("pause", [0.0, 0.05, 0.2, 0.4])
def test_more_signals_while_a_block_cleans_up_cut_through_nothing(tmp_path: Path, pause: float) -> None:
    process = running(tmp_path, 0.01)
    for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        time.sleep(pause)
        process.send_signal(number)
    assert process.wait(20) in ((130,) if pause else (129, 130, 143))  # at once they come in the order of their numbers
    assert not processes(tmp_path)


def test_a_terminal_that_is_closed_ends_a_run(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = running(tmp_path, 60, theirs)
    os.close(theirs)
    os.close(ours)
    assert process.wait(20) == 129
    assert not processes(tmp_path)


def test_what_ignores_a_hang_up_goes_on(tmp_path: Path) -> None:
    command = "trap '' HUP; exec " + " ".join([sys.executable, "-m", "harness", *LONG[:-4], "--blocks", "1"])
    (tmp_path / "jobs.py").write_text(f"{DAEMON}\n\ndef task(i):\n    daemon('started')\n    time.sleep(0.05)\n")
    process = subprocess.Popen(["bash", "-c", command], cwd=tmp_path, stdout=subprocess.DEVNULL)
    assert until(lambda: numbers(tmp_path / "started"), 60)
    process.send_signal(signal.SIGHUP)
    assert process.wait(60) == 0
    assert soon_gone(numbers(tmp_path / "started"))


def test_a_run_that_was_stopped_goes_on_and_says_so(tmp_path: Path) -> None:
    """For longer than a round may take: its answer came meanwhile."""
    (tmp_path / "jobs.py").write_text(
        "import time\n\n\ndef task(i):\n    open('began', 'a').close()\n    time.sleep(0.4)\n"
    )
    asked = ("-W", "./jobs.py:task", "--tasks", "1", "--blocks", "1", "-r", "1", "--warmup", "0", "--timeout", "0.8")
    command = [sys.executable, "-m", "harness", "run", "-q", "-s", "sequential", *asked, "--json", "run.json"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
    assert until(lambda: (tmp_path / "began").exists(), 60)
    process.send_signal(signal.SIGSTOP)
    time.sleep(1.0)
    process.send_signal(signal.SIGCONT)
    assert process.wait(20) == 0
    said = json.loads((tmp_path / "run.json").read_text())
    (group,) = said["groups"]
    assert [row["status"] for row in group["rows"]] == ["ok"]
    assert any("the run was stopped once, and went on" in text for text in said["disturbances"])


EARLY = """
import builtins, os, signal
before = builtins.__import__


def imported(name, *rest):
    if name == "click":
        os.kill(os.getpid(), signal.SIGINT)
    return before(name, *rest)


builtins.__import__ = imported
from harness.__main__ import main
main()
"""


def test_an_interruption_while_libraries_are_imported_shows_no_traceback() -> None:
    done = subprocess.run([sys.executable, "-c", EARLY], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


@pytest.mark.slow
@pytest.mark.together
@pytest.mark.parametrize("kind", dict.fromkeys(KINDS))
def test_an_interruption_at_any_moment_loses_nothing_and_leaves_nothing(tmp_path: Path, kind: str) -> None:
    done = one(tmp_path, kind, random.uniform(0.5, 2.0), random.uniform(0.0, 0.6))
    assert done is not None
    assert set(done[2:]) == {0}, done


@pytest.mark.parametrize(
    ("status", "seconds", "ends", "right"),
    [
        (130, 3.0, ["interrupted"], True),
        (130, 3.0, [None], False),  # as told to users, who would miss the end
        (129, 3.0, ["interrupted"], False),
        (-2, 0.1, [], True),  # before there is anything to be kept
        (-2, 0.1, ["complete"], True),  # after that
        (-2, 0.1, [None], False),
        (0, 0.1, ["complete"], True),  # its status was known
        (0, 3.0, ["complete"], False),  # it did not hear
        (None, 60.0, [None], False),
    ],
)
def test_which_status_is_right(status: int | None, seconds: float, ends: list[str | None], right: bool) -> None:
    assert is_right(status, signal.SIGINT, seconds, ends) is right
