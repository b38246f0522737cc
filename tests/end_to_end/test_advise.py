"""`harness advise` on real functions, in real workers. What strategies cost is kept beforehand, as on a machine where
it has run before."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness import HarnessError, advice
from harness.advise import machine
from harness.advise.model import Costs
from harness.strategies import BUILT_IN
from tests.builders import Finished

JOBS = """
import time

def naps(index):
    time.sleep(0.02)
    return index

def slow(index):
    time.sleep(1.5)

def fails(index):
    raise ValueError("nobody home")

def some(index):
    if index > 5:
        raise ValueError("above five")
    time.sleep(0.01)
"""


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "jobs.py").write_text(JOBS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    costs = dict.fromkeys(BUILT_IN.values(), Costs(2e-4, 3e-5, 1e-5))
    machine.keep(msgspec.structs.replace(machine.kept(), costs=costs))
    return tmp_path


def asked(harness: Callable[..., Finished], *arguments: str) -> dict[str, Any]:
    done = harness("advise", *arguments, "--json", "-", "-q")
    said: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if said["use"] else 3), done.stderr
    return said


@pytest.mark.slow
def test_what_sleeps_belongs_to_threads_and_not_to_a_loop(harness: Callable[..., Finished], jobs: Path) -> None:
    said = asked(harness, "-W", "./jobs.py:naps", "--tasks", "20", "-s", "threads,asyncio", "--max-time", "15")
    assert said["use"] == ["threads"]
    assert said["task"]["blocked"] == ["asyncio"]
    assert said["task"]["waiting_seconds"] == pytest.approx(0.02, rel=0.5)
    assert [(one["what"], one["line"]) for one in said["blocked"]] == [("time.sleep", 5)]
    assert said["verified"] == ["threads", "asyncio"]
    assert [(one["kind"], one["measured"]) for one in said["avoid"]] == [("blocked", True)]
    assert "your task calls time.sleep at jobs.py:5" in said["avoid"][0]["why"]
    stored = [path.stem for path in (jobs / "results").glob("*.jsonl")]
    assert sorted(said["runs"]) == sorted(stored)
    assert harness("show", said["runs"][0]).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        ([], 2, "-W FILE.py:function, or --waiting"),
        (["-W", "sleep", "--waiting", "5ms"], 2, "leave -W out"),
        (["-W", "sleep", "-P", "seconds=0.1,0.2"], 2, "one workload"),
        (["-W", "sleep,noop"], 2, "one workload"),
        (["-W", "echo", "-P", "side=server"], 2, "--servers is of servers"),
        (["--waiting", "5"], 2, "with its unit"),
        (["--waiting", "5ms", "--limit", "memory=20"], 2, "memory=200MB"),
        (["--waiting", "5ms", "--limit", "speed=2s"], 2, "memory=200MB"),
        (["--waiting", "5ms", "--tasks", "5", "--concurrency", "9"], 2, "more than --tasks"),
        (["-W", "./jobs.py:fails", "-s", "threads,asyncio"], 3, "ValueError: nobody home"),
        (["-W", "./jobs.py:slow", "-s", "threads", "--tasks", "9", "--max-time", "6"], 3, "--max-time"),
    ],
)
def test_wrong_input_is_one_line(
    harness: Callable[..., Finished], jobs: Path, arguments: list[str], status: int, text: str
) -> None:
    done = harness("advise", *arguments)
    assert done.returncode == status, done.stderr
    assert text in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_function_that_fails_at_this_size_only_advises_nothing_and_says_why(
    harness: Callable[..., Finished], jobs: Path
) -> None:
    said = asked(harness, "-W", "./jobs.py:some", "--tasks", "20", "-s", "threads,thread-pool", "--max-time", "20")
    assert said["status"] == "partial"
    assert "above five" in said["reason"]
    assert {one["kind"] for one in said["avoid"]} == {"failed"}


def test_an_interruption_is_an_answer_of_what_is_known(jobs: Path) -> None:
    command = [sys.executable, "-m", "harness", "advise", "-W", "./jobs.py:naps", "--tasks", "20", "--json", "-"]
    running = subprocess.Popen([*command, "-s", "threads,thread-pool"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    end = time.monotonic() + 60
    while time.monotonic() < end and not list(jobs.glob("results/*.jsonl")):
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    out, error = running.communicate(timeout=60)
    assert running.returncode == 130
    assert b"interrupted" in error
    said = json.loads(out)
    assert said["status"] == "interrupted"
    assert set(said["foretold"]) == {"threads", "thread-pool"}


def test_python_is_told_the_same() -> None:
    with pytest.raises(HarnessError, match="waiting"):
        advice()
    with pytest.raises(HarnessError, match="finite"):
        advice(waiting=float("inf"))


@pytest.mark.slow
def test_what_strategies_cost_is_measured_once(harness: Callable[..., Finished], jobs: Path) -> None:
    machine.path().unlink()
    arguments = ["--waiting", "5ms", "--tasks", "20", "-s", "threads,asyncio", "--max-time", "60"]
    asked(harness, *arguments)
    found = machine.kept()
    assert set(found.costs) == {BUILT_IN[name] for name in ("threads", "asyncio")}
    asked(harness, *arguments)
    assert machine.kept() == found
