"""The memory of children, seen from outside."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time

import psutil
import pytest

from harness.process import family
from harness.process.family import PeakOfChildren

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
