"""The memory of children, seen from outside, and what they are called."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import threading
import time
from unittest import mock

import psutil
import pytest

from harness.process import family
from harness.process.channel import Failure
from harness.process.family import LOOK_SECONDS, LOOK_SHARE, Bounded, PeakOfChildren
from tests.hostile import until

HOLD = "held = bytearray(b'x') * {}\nprint('held', flush=True)\nimport time\ntime.sleep(60)"


@pytest.mark.parametrize("number", [1, 2])
def test_what_children_hold_at_once_is_seen(number: int) -> None:
    with PeakOfChildren(os.getpid()) as seen:
        made = [
            subprocess.Popen([sys.executable, "-c", HOLD.format(48 << 20)], stdout=subprocess.PIPE)
            for _ in range(number)
        ]
        for one in made:
            assert one.stdout
            one.stdout.readline()
        time.sleep(0.2)
        for one in made:
            one.kill()
            one.communicate()
    assert number * 48 << 20 <= seen.bytes < number * 80 << 20


def test_without_children_there_is_nothing() -> None:
    made = subprocess.Popen(["sleep", "60"])
    with PeakOfChildren(made.pid) as seen:
        time.sleep(0.02)
    made.kill()
    made.wait()
    assert seen.bytes == 0


def test_nobody_looks_at_a_process_that_has_ended_though_with_was_never_left() -> None:
    made = subprocess.Popen(["sleep", "60"])
    before = threading.active_count()
    seen = PeakOfChildren(made.pid).__enter__()
    made.kill()
    made.wait()
    try:
        assert until(lambda: threading.active_count() == before)
    finally:
        seen.__exit__(None, None, None)


def test_a_shortage_of_threads_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    short = RuntimeError("can't start new thread")
    monkeypatch.setattr(threading.Thread, "start", mock.Mock(side_effect=short))
    with pytest.raises(Failure, match="memory of its children: can't start new thread"), PeakOfChildren(os.getpid()):
        pass


STOPS = """
import ctypes, signal
held = bytearray(b"x") * (64 << 20)
libc = ctypes.CDLL(None)
libc.syscall(56, 0x4100 | signal.SIGCHLD, 0, 0, 0, 0) or libc.pause()  # clone, CLONE_VFORK | CLONE_VM
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the number of the system call is that of x86_64")
@pytest.mark.parametrize("asked", [family.KCMP, None])
def test_a_child_in_its_parents_memory_holds_nothing(asked: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(family, "KCMP", asked)
    real = family.rollup
    monkeypatch.setattr(
        family, "rollup", lambda pid: {**real(pid), "Pss": time.monotonic_ns()}
    )  # neighbours share, too
    with subprocess.Popen([sys.executable, "-c", STOPS]) as made:
        parent = psutil.Process(made.pid)
        try:
            children = []
            while not children or children[0].status() != psutil.STATUS_SLEEPING:  # it waits, and touches no more
                children = parent.children()
                time.sleep(0.01)
            assert len(family.rollup(children[0].pid)) > 5
            assert family.held(children[0]) == 0
        finally:
            for one in (*parent.children(), parent):
                one.kill()


class Look:
    """A family of two, at which each look takes a while, by a clock of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, took: float) -> None:
        self.now, self.each, self.asked, self._took = 0.0, 0, 0, took
        monkeypatch.setattr(family, "resident", self._resident)
        monkeypatch.setattr(family, "held_by", self._held_by)

    def _resident(self, pid: int) -> dict[int, int]:
        self.now += self._took
        return {1: self.each, 2: self.each}

    def _held_by(self, pid: int) -> int:
        self.asked += 1
        return self.each // 2


def test_a_limit_is_of_what_all_hold_and_pages_that_are_shared_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    look = Look(monkeypatch, took=0.0)
    bounded = Bounded(100, 1, clock=lambda: look.now)
    for each, asked, outgrown in ((50, 0, 0), (60, 2, 0), (100, 4, 0), (101, 6, 0), (102, 8, 102)):
        look.now, look.each = look.now + LOOK_SECONDS, each
        assert (bounded.outgrown(), look.asked) == (outgrown, asked)


@pytest.mark.parametrize(("took", "pause"), [(0.0001, LOOK_SECONDS), (0.1, 0.1 / LOOK_SHARE)])
def test_looking_takes_a_small_share_of_a_core(took: float, pause: float, monkeypatch: pytest.MonkeyPatch) -> None:
    look = Look(monkeypatch, took)
    bounded = Bounded(100, 1, clock=lambda: look.now)
    look.each = 1000
    assert (bounded.outgrown(), bounded.due_in) == (0, LOOK_SECONDS)
    look.now += LOOK_SECONDS
    assert bounded.outgrown() == 1000
    assert bounded.due_in == pytest.approx(pause)
    assert bounded.outgrown() == 0


def test_what_a_process_has_started_is_found_at_whatever_remove() -> None:
    start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLD.format(48 << 20)!r}])"
    with subprocess.Popen([sys.executable, "-c", start], stdout=subprocess.PIPE) as made:
        assert made.stdout
        made.stdout.readline()
        (within,) = psutil.Process(made.pid).children()
        found = family.resident(os.getpid())
        within.kill()
    assert found.keys() >= {made.pid, within.pid}
    assert 48 << 20 <= found[within.pid] < 80 << 20
    assert family.held_by(made.pid) == 0, "it has ended"


def test_a_process_that_is_left_has_its_name_and_its_port() -> None:
    listens = (
        "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", listens], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as made:
        assert made.stdout
        port = int(made.stdout.readline())
        left, hurried = (family.leftover(psutil.Process(made.pid), ports) for ports in (True, False))
        made.kill()
    assert (left.pid, left.ports) == (made.pid, [port])
    assert left.name.startswith("python")
    assert (hurried.name, hurried.ports) == (left.name, [])
