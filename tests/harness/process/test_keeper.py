"""What a keeper is for: a workload signals it in our place, and nothing that a child has started outlives it or us."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.process.channel import Failure
from harness.process.child import Child
from harness.process.orphans import adopted, sweep
from harness.process.workers import Worker
from harness.record.plan import Variant
from tests.harness.process.prepared import SEQUENTIAL, prepared, runs
from tests.hostile import DAEMON, alive, numbers, soon_gone, until


@pytest.fixture
def worker() -> Iterator[Worker]:
    with adopted():
        yield Worker(SEQUENTIAL)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGTSTP", "SIGUSR1", "SIGPIPE", "SIGKILL"])
def test_a_task_that_signals_its_parent_ends_its_worker_alone(worker: Worker, tmp_path: Path, name: str) -> None:
    text = f"import os, signal, time\n\n\ndef task(i):\n    os.kill(os.getppid(), signal.{name})\n    time.sleep(5)\n"
    prepared(worker, tmp_path, text)
    with pytest.raises(Failure, match=f"its parent process was sent {name}, as by a task") as raised:
        worker.round("timed", 20)
    assert raised.value.status == "failed"


def test_a_parent_that_a_task_stops_is_none_that_anybody_waits_for(worker: Worker, tmp_path: Path) -> None:
    prepared(worker, tmp_path, "import os, signal\n\n\ndef task(i):\n    os.kill(os.getppid(), signal.SIGSTOP)\n")
    assert worker.round("timed", 10).wall_seconds > 0
    worker.stop()
    assert sweep() == 0
    assert soon_gone([worker.child.pid])


def test_a_child_that_runs_is_none_that_was_left(worker: Worker, tmp_path: Path) -> None:
    """A signal may come when a block does not know of it yet: what ends all of ours does."""
    prepared(worker, tmp_path, "def task(i):\n    return i\n")
    assert sweep() == 0
    assert worker.round("timed", 10).wall_seconds > 0


def test_a_signal_that_nobody_minds_ends_nothing(worker: Worker, tmp_path: Path) -> None:
    prepared(worker, tmp_path, "import os, signal\n\n\ndef task(i):\n    os.kill(os.getppid(), signal.SIGWINCH)\n")
    assert worker.round("timed", 10).wall_seconds > 0
    worker.finish(10)


GROWS = """
import subprocess, sys, time

kept = []


def task(i):
    kept.append(bytearray(b"x") * (80 << 20))
    time.sleep(20)
"""
STARTS = """
import subprocess, sys


def task(i):
    held = "held = bytearray(b'x') * (80 << 20); import time; time.sleep(20)"
    subprocess.run([sys.executable, "-c", held], start_new_session=True, env={})
"""


@pytest.mark.parametrize("text", [GROWS, STARTS])
def test_a_worker_that_outgrows_its_limit_is_ended_with_what_it_started(tmp_path: Path, text: str) -> None:
    with adopted():
        worker = Worker(SEQUENTIAL, memory_limit=60 << 20)
        prepared(worker, tmp_path, text, tasks=1)
        said = r"^out of memory: it held \d\d+ MiB with what it started, --memory-limit allows 60 MiB$"
        with pytest.raises(Failure, match=said) as raised:
            worker.round("timed", 20)
        assert raised.value.status == "failed"
        worker.stop()
        assert worker.left_behind() == []


def test_a_worker_within_its_limit_has_its_number(tmp_path: Path) -> None:
    with adopted():
        worker = Worker(SEQUENTIAL, memory_limit=200 << 20)
        prepared(worker, tmp_path, "import time\n\n\ndef task(i):\n    time.sleep(0.2)\n", tasks=1)
        assert worker.round("timed", 10).wall_seconds > 0.2
        worker.finish(10)


@pytest.mark.parametrize("daemons", [3, pytest.param(60, marks=pytest.mark.slow)])
def test_daemons_that_show_nothing_of_where_they_come_from_are_ended(
    worker: Worker, tmp_path: Path, daemons: int
) -> None:
    started = tmp_path / "started"
    prepared(worker, tmp_path, f"{DAEMON}\n\ndef task(i):\n    daemon({str(started)!r})\n", tasks=daemons)
    worker.round("timed", 10)
    assert len(alive(numbers(started))) == daemons
    worker.stop()
    assert {one.pid for one in worker.left_behind()} == set(numbers(started))
    assert {one.name for one in worker.left_behind()} == {"sleep"}
    assert sweep() == daemons
    assert not alive(numbers(started))


def test_what_a_killed_keeper_leaves_comes_to_us(worker: Worker, tmp_path: Path) -> None:
    started = tmp_path / "started"
    text = f"{DAEMON}\n\ndef task(i):\n    daemon({str(started)!r})\n    os.kill(os.getppid(), signal.SIGKILL)\n"
    text += "    time.sleep(5)\n"
    prepared(worker, tmp_path, text, tasks=1)
    with pytest.raises(Failure, match="its parent process was sent SIGKILL"):
        worker.round("timed", 10)
    worker.stop()
    (left,) = worker.left_behind()
    assert [left.pid] == numbers(started)
    assert sweep() == 1
    assert not alive(numbers(started))


@pytest.mark.parametrize(
    "then",
    ["time.sleep(60)", "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()); time.sleep(60)", "sleep(60)"],
)
def test_when_we_are_killed_all_of_it_ends(tmp_path: Path, then: str) -> None:
    started = tmp_path / "started"
    text = f"{DAEMON}\n\ndef sleep(s):\n    if os.fork():\n        os.wait()\n    time.sleep(s)\n"
    text += f"\n\ndef task(i):\n    daemon({str(started)!r})\n    {then}\n"
    with runs(tmp_path, text) as runner:
        assert until(lambda: numbers(started))
        family = [one.pid for one in psutil.Process(runner.pid).children(recursive=True)]
        assert {runner.worker, *numbers(started)} <= set(family)
        assert len(list(runner.temporary.iterdir())) == 1
        os.kill(runner.pid, signal.SIGKILL)
    assert soon_gone(family)
    assert until(lambda: not list(runner.temporary.iterdir()))


def test_a_start_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = Variant("v", "python:/nowhere/python", python="/nowhere/python")
    before = os.listdir("/proc/self/fd")

    def refused(pid: int) -> int:
        raise OSError(38, os.strerror(38))

    with adopted():
        witness = psutil.Process().children()
        with pytest.raises(Failure, match="No such file or directory: /nowhere/python; look"):
            Child(variant=nowhere)
        monkeypatch.setattr(os, "pidfd_open", refused)
        with pytest.raises(OSError, match="Function not implemented"):
            Child()
        sweep()
        assert psutil.Process().children() == witness
    assert os.listdir("/proc/self/fd") == before


def test_numbers_of_descriptors_may_be_large(tmp_path: Path) -> None:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit[1] < 2000:
        pytest.skip("the limit of descriptors is too low")
    resource.setrlimit(resource.RLIMIT_NOFILE, (2000, limit[1]))
    taken = [os.open("/dev/null", os.O_RDONLY) for _ in range(1100)]
    try:
        with adopted():
            worker = Worker(SEQUENTIAL)
            prepared(worker, tmp_path, "def task(i):\n    pass\n")
            assert worker.round("timed", 10).wall_seconds > 0
            worker.finish(10)
            worker.stop()
            assert sweep() == 0
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)
