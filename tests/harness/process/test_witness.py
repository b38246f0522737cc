"""What is left where a program and what keeps its worker are killed at the same moment: nothing, a moment later."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from harness.process import brand
from harness.process.orphans import adopted
from tests.harness.process.prepared import Runner, runs
from tests.hostile import DAEMON, alive, numbers, soon_gone, until

pytestmark = pytest.mark.alone
"""The start of another program, in a test beside this one, ends whatever a killed program has left: what was about to
clean up as well."""

Victims = Callable[[Runner], list[int]]
AHEAD = ["unshare", "--time", "--boottime", "7200"]
END = "from harness.process import brand; brand.end(brand.is_alone)"


def witness_of(runner: Runner) -> int:
    """Of its children the one that keeps nothing."""
    (found,) = {one.pid for one in psutil.Process(runner.pid).children()} - {runner.keeper}
    return found


def killed(folder: Path, victims: Victims) -> list[int]:
    """Kill some processes of a program at the same moment, whose task has started a daemon that shows nothing of where
    it comes from; all that there were."""
    started = folder / "started"
    text = f"{DAEMON}\n\ndef task(i):\n    daemon({str(started)!r})\n    time.sleep(60)\n"
    with runs(folder, text) as runner:
        assert until(lambda: numbers(started))
        family = [one.pid for one in psutil.Process(runner.pid).children(recursive=True)]
        chosen = victims(runner)
        for pid in chosen:
            os.kill(pid, signal.SIGSTOP)  # so that none of them acts before all are killed
        for pid in chosen:
            os.kill(pid, signal.SIGKILL)
    return [runner.pid, *family]


@pytest.mark.parametrize(
    "victims",
    [
        lambda runner: [runner.pid, runner.keeper],
        lambda runner: [runner.keeper, runner.worker, runner.pid],
        lambda runner: [runner.pid, witness_of(runner)],
    ],
)
def test_any_two_that_are_killed_leave_nothing(tmp_path: Path, victims: Victims) -> None:
    assert soon_gone(killed(tmp_path, victims))
    assert until(lambda: not list((tmp_path / "temporary").iterdir()))


def test_what_is_left_of_all_three_ends_with_the_next_start(tmp_path: Path) -> None:
    family = killed(tmp_path, lambda runner: [runner.pid, runner.keeper, witness_of(runner)])
    (left,) = numbers(tmp_path / "started")
    assert soon_gone([pid for pid in family if pid != left])
    assert alive([left])
    with adopted():
        assert soon_gone([left])


def test_a_keeper_that_was_stopped_does_not_outlive_its_program(tmp_path: Path) -> None:
    def stopped(runner: Runner) -> list[int]:
        os.kill(runner.keeper, signal.SIGSTOP)
        return [runner.pid]

    assert soon_gone(killed(tmp_path, stopped))


@pytest.mark.parametrize("ahead", [[], AHEAD], ids=["here", "where moments are others"])
def test_the_next_start_ends_nothing_of_a_program_that_is_there(tmp_path: Path, ahead: list[str]) -> None:
    if ahead and subprocess.run([*ahead, "true"], capture_output=True).returncode:
        pytest.skip("needs leave to make a time namespace")
    started = tmp_path / "started"
    text = f"{DAEMON}\n\ndef task(i):\n    daemon({str(started)!r})\n    time.sleep(60)\n"
    with runs(tmp_path, text) as runner:
        assert until(lambda: numbers(started))
        family = [runner.pid, runner.worker, runner.keeper, *numbers(started)]
        assert {brand.on(pid) for pid in family[1:]} == {brand.of(runner.pid)}
        brand.end(brand.is_alone)
        subprocess.run([*ahead, sys.executable, "-c", END], check=True)
        assert alive(family) == family
        os.kill(runner.pid, signal.SIGKILL)
    assert soon_gone(family)


def test_what_nobody_branded_has_no_brand() -> None:
    assert brand.on(os.getpid()) is None
    assert brand.on(1 << 22) is None
    assert not brand.is_alone(brand.of(os.getpid()))
    assert brand.is_alone(brand.of(os.getpid()) + (1 << brand.PID_BITS)), "a program of that number that began later"


def test_where_somebody_has_limited_file_locks_there_is_none() -> None:
    text = "import os, resource; from harness.process import brand; resource.setrlimit(brand.LOCKS, (100, 100)); "
    text += "brand.put(brand.of(os.getpid())); print(brand.on(os.getpid()))"
    assert subprocess.check_output([sys.executable, "-c", text], text=True) == "None\n"
