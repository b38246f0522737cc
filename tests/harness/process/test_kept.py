"""A process that a keeper started for us, as we know it: starts that fail, keepers that hang or are in a hurry."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator

import psutil
import pytest

from harness.process import kept
from harness.process.keeper import Keeper, _parted
from harness.process.kept import Kept

pytestmark = pytest.mark.alone
"""The start of another program ends what a killed one has left."""


def started(text: str) -> Kept:
    with open(os.devnull, "wb") as output:
        return Kept([sys.executable, "-c", text], None, output.fileno(), (), os.environ)


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    descriptors, children = os.listdir("/proc/self/fd"), psutil.Process().children()
    yield
    assert os.listdir("/proc/self/fd") == descriptors
    assert psutil.Process().children() == children


def refused(*_: object) -> int:
    raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))


def test_a_child_that_cannot_be_forked_is_no_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fork", refused)  # by the keeper: Popen has its own
    with pytest.raises(OSError, match="Resource temporarily unavailable"):
        started("")


def test_nor_is_a_keeper_that_fails_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Keeper, "split", refused)
    with pytest.raises(OSError, match="Exception occurred in preexec_fn"):
        started("")


def test_nor_is_one_that_is_killed_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Keeper, "split", lambda keeper: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(OSError, match="its keeper was killed"):
        started("")


def test_a_keeper_that_does_not_say_that_all_has_ended_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kept, "PATIENCE", 0.3)
    child = started("")
    assert child.how() is not None
    os.kill(child.keeper, signal.SIGSTOP)
    assert child.over() is None


def test_a_keeper_that_its_child_stopped_says_how_that_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    child = started("import os, signal; os.kill(os.getppid(), signal.SIGSTOP); os._exit(3)")
    os.waitid(os.P_PID, child.keeper, os.WSTOPPED | os.WNOWAIT)
    monkeypatch.setattr(kept, "START_SECONDS", 3.0)
    how = child.how()
    child.hang_up()
    child.over()
    assert how is not None
    assert (how.status, how.sent) == (3, 0)


def test_a_keeper_is_told_when_we_are_in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    child = started("import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)")
    monkeypatch.setattr(kept, "hastened", lambda: True)
    child.hang_up()
    assert child.over() is not None


@pytest.mark.parametrize(("has_died", "status"), [(False, 7), (True, 0)])
def test_a_copy_whose_keeper_has_died_becomes_no_child(has_died: bool, status: int) -> None:
    keeper, copy = os.getpid(), os.fork()
    if not copy:
        _parted(-1 if has_died else keeper)
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]) == status
