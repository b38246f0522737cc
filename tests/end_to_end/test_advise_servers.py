"""`harness advise --servers` by the real command line, with real servers and the real load generator."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness import HarnessError, IncompleteError, advice
from tests.builders import Finished
from tests.workloads.third_party import MINE

QUICK = ("--concurrency", "8", "--max-time", "12")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mine.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(harness: Callable[..., Finished], *arguments: str) -> dict[str, Any]:
    done = harness("advise", "--servers", *arguments, "--json", "-", "-q")
    said: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if said["use"] else 3), done.stderr
    return said


@pytest.mark.slow
def test_servers_are_advised_by_rates_that_were_measured(harness: Callable[..., Finished]) -> None:
    said = asked(harness, "-W", "./mine.py:Mine", "-s", "asyncio,threads", "--slo", "50ms", *QUICK)
    assert set(said["use"]) <= {"asyncio", "threads"}
    found = said["servers"]
    assert found["slo_seconds"] == pytest.approx(0.05)
    assert {one["processes"] for one in found["servers"]} >= {1}
    run = json.loads(harness("show", said["runs"][0], "--json", "-").stdout)
    best = found["best"]
    rows = {row["strategy"]: row for row in run["groups"][best["group"]]["rows"]}
    row = rows[best["strategy"]]
    assert best["low_per_second"] <= row["capacity_per_second"]["estimate"] <= best["high_per_second"]
    assert best["p99_seconds"] <= 0.05
    assert run["groups"][best["group"]]["concurrency"] == best["connections"]


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["--servers"], 2, "advise --servers needs what is served: -W echo"),
        (
            ["--servers", "-W", "noop", "-s", "asyncio"],
            2,
            "noop cannot serve: advise --servers needs what is served: -W echo",
        ),
        (["--servers", "-W", "echo", "--waiting", "5ms"], 2, "--servers takes no --waiting"),
        (["--servers", "-W", "echo", "--cpu", "5ms"], 2, "--servers takes no --cpu"),
        (["--servers", "-W", "echo", "--tasks", "5"], 2, "--servers takes no --tasks"),
        (["--servers", "-W", "echo", "--limit", "p99=5ms"], 2, "--servers takes no --limit"),
        (["--servers", "-W", "echo", "--objective", "cpu"], 2, "--servers takes no --objective"),
        (["--servers", "-W", "echo", "--slo", "5"], 2, "such as 10ms"),
        (["--servers", "-W", "echo", "--slo", "0ms"], 2, "such as 10ms"),
        (["--servers", "-W", "echo", "--slo", "1000s"], 2, "waited for 1 s at most: write less, such as 10ms"),
        (["--servers", "-W", "echo", "-P", "side=client"], 2, "leave -P side=client out"),
        (["--servers", "-W", "echo", "-P", "rate=5"], 2, "leave -P rate=5 out"),
        (["--servers", "-W", "echo", "-P", "processes=0", "-s", "asyncio"], 2, "processes must be 1 or more"),
        (["--servers", "-W", "echo", "-P", "size=5,6", "-s", "asyncio"], 2, "advise --servers takes one workload"),
        (["--servers", "-W", "echo,http", "-s", "asyncio"], 2, "advise --servers takes one workload"),
        (["--servers", "-W", "echo", "-s", "asyncio,threads", "--max-time", "1"], 3, "give --max-time 5"),
        (["-W", "sleep", "--slo", "5ms"], 2, "--slo is for --servers"),
    ],
)
def test_wrong_input_is_one_line(
    harness: Callable[..., Finished], arguments: list[str], status: int, text: str
) -> None:
    done = harness("advise", *arguments)
    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (status, 1, ""), done.stderr
    assert text in done.stderr


def test_an_objective_that_is_missed_at_any_rate_advises_nothing(harness: Callable[..., Finished]) -> None:
    page = ("-W", "http", "-P", "latency=0.02", "-P", "processes=1")
    said = asked(harness, *page, "-s", "asyncio", "--slo", "5ms", *QUICK)
    assert said["use"] == []
    assert re.match(r"no rate kept p99 under 5 ms: the least was [2-9][0-9.]* ms, by asyncio", said["reason"])


def test_an_interruption_is_an_answer_of_what_is_known(here: Path) -> None:
    command = [sys.executable, "-m", "harness", "advise", "--servers", "-W", "echo", "-s", "asyncio", "--json", "-"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    end = time.monotonic() + 60
    while time.monotonic() < end and not any(b'"sample"' in one.read_bytes() for one in here.glob("results/*.jsonl")):
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    out, error = running.communicate(timeout=60)
    assert running.returncode == 130
    assert b"interrupted" in error
    assert json.loads(out)["status"] == "interrupted"


def test_python_is_told_the_same() -> None:
    with pytest.raises(HarnessError, match="--servers takes no --tasks"):
        advice("echo", servers=True, tasks=5)
    with pytest.raises(HarnessError, match="finite number of seconds"):
        advice("echo", servers=True, slo=-1.0)
    with pytest.raises(IncompleteError, match="give --max-time"):
        advice("echo", servers=True, strategies="asyncio", max_time=0.5)
