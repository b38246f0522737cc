"""What child processes use of processors, whoever waits for them and when."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from harness.worker import children
from harness.worker.rounds import Clock

BURN = "import time\nwhile time.process_time() < {}: pass\n"


def burning(seconds: float, then: str = "") -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", BURN.format(seconds) + then], stdout=subprocess.PIPE)


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """One that has used 0.2 s, and waits."""
    with burning(0.2, "print('done', flush=True)\ntime.sleep(60)") as made:
        assert made.stdout
        made.stdout.readline()
        yield made
        made.kill()


def test_a_child_that_was_waited_for_counts() -> None:
    clock = Clock()
    with clock:
        burning(0.2).communicate()
    took = clock.took()
    assert 0.2 <= took["cpu_children_seconds"] < 2
    assert took["cpu_user_seconds"] + took["cpu_system_seconds"] < 0.2


def test_a_child_counts_once_though_it_is_seen_alive_and_waited_for(child: subprocess.Popen[bytes]) -> None:
    before = children.seconds()
    child.send_signal(signal.SIGTERM)
    child.wait()
    assert children.seconds() - before < 0.1


def test_a_child_that_lives_on_counts_where_it_works(child: subprocess.Popen[bytes]) -> None:
    assert children.there_are()
    (mine,) = [one for one in children.left() if one.pid == child.pid]
    assert children.used(mine) >= 0.2
    clock = Clock()
    with clock:
        time.sleep(0.01)
    assert clock.took()["cpu_children_seconds"] < 0.1


def test_a_child_that_ended_and_was_not_waited_for_counts() -> None:
    before, made = children.seconds(), burning(0.2)
    deadline = time.monotonic() + 30
    while not any(one.pid == made.pid and one.ended for one in children.offspring()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert children.seconds() - before >= 0.2
    made.communicate()


def test_grandchildren_count() -> None:
    start = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', {!r}])\nprint('done', flush=True)\n"
    before = children.seconds()
    program = start.format(BURN.format(0.2)) + "import time\ntime.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as made:
        assert made.stdout
        made.stdout.readline()
        assert children.seconds() - before >= 0.15  # in ticks of a hundredth
        made.kill()
