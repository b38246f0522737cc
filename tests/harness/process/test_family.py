"""The memory of children, seen from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

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
