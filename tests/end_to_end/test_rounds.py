"""Functions whose rounds are not alike, and tasks that fail: real workers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.plan.catalogue import several
from tests.builders import LOOK, Finished, rows

TIMES = pytest.mark.alone  # it is about times, which others beside it would change

Document = Callable[..., dict[str, Any]]

JOBS = """
import functools, os, random, time

stock = list(range(10))
grown = []
numbers = [random.random() for _ in range(1_000_000)]
begun = []


def pops(index):
    if stock:
        stock.pop()
        time.sleep(0.02)


@functools.lru_cache(maxsize=None)
def cached(index):
    time.sleep(0.02)
    return index


def sorts(index):
    if index == 0:
        numbers.sort()


def warms(index):
    if not begun:
        begun.append(sum(range(10_000_000)))


def writes(index):
    if not os.path.exists(f"out-{index}"):
        time.sleep(0.02)
        open(f"out-{index}", "w").close()


def grows(index):
    time.sleep(0.004 * len(grown))
    grown.append(index)


def computes(index):
    return sum(range(200_000))


def fails(index):
    if index % 10 == 3:
        raise ValueError(f"page {index} has no title")
    return index


async def fails_later(index):
    return fails(index)
"""
ONCE = "work that was done before is not done again"


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    path = tmp_path / "jobs.py"
    path.write_text(JOBS)
    return path


def remarks(said: dict[str, Any], strategy: str) -> str:
    return "\n".join(rows(said)[strategy]["warnings"])


@pytest.mark.parametrize("name", ["pops", "cached", "sorts", "warms", "writes"])
@pytest.mark.parametrize(
    "how",
    [
        LOOK,
        ("--blocks", "1", "-w", "0", "-r", "1"),
        ("--blocks", "1", "-r", "3"),
    ],
)
def test_work_that_is_done_once_is_told_in_the_row(document: Document, jobs: Path, name: str, how: tuple[str]) -> None:
    said = document("-s", "sequential", "-W", f"./jobs.py:{name}", "--tasks", "10", *how)
    assert ONCE in remarks(said, "sequential")


def test_a_file_that_the_first_worker_wrote_is_told_in_all_rows(document: Document, jobs: Path) -> None:
    said = document("-s", "sequential,asyncio", "-W", "./jobs.py:writes", "--tasks", "10", "--blocks", "4")
    assert "what it left behind" in remarks(said, "sequential")
    assert "a worker of another row did what its own found done" in remarks(said, "asyncio")
    assert rows(said)["asyncio"]["ratio"]["verdict"] == "undecided"


@TIMES
def test_a_list_that_grows_is_told_in_the_row(document: Document, jobs: Path) -> None:
    said = document("-s", "sequential", "-W", "./jobs.py:grows", "--tasks", "3", "--blocks", "6", "-r", "2")
    assert "its rounds grow slower" in remarks(said, "sequential")


@TIMES
def test_a_fresh_run_measures_the_first_round_of_each_worker(document: Document, jobs: Path) -> None:
    said = document("-s", "sequential", "-W", "./jobs.py:pops", "--tasks", "10", "--fresh", "--blocks", "3")
    row = rows(said)["sequential"]
    assert (row["samples"], row["rounds"]) == (3, 3)
    assert row["wall_seconds"]["low"] >= 0.2
    assert row["latency_seconds"]["p50"] >= 0.02
    assert not [text for text in row["warnings"] if "round" in text]


@pytest.mark.slow
def test_a_gate_of_work_that_is_done_once_is_fresh_or_undecided(harness: Callable[..., Finished], jobs: Path) -> None:
    asked = ("--base", "path:.", "-s", "sequential", "-W", "./jobs.py:pops", "--tasks", "5", "--blocks", "8")
    told, fresh = (
        json.loads(harness("gate", *asked, *how, "--limit", "0.9", "--json", "-", HARNESS_GATE_WAIT="1").stdout)
        for how in ([], ["--fresh"])
    )
    assert told["outcome"] == "undecided"
    assert ONCE in told["cells"][0]["reason"]
    assert (fresh["outcome"], fresh["cells"][0]["reason"]) == ("pass", None)
    assert fresh["cells"][0]["candidate"] >= 0.1


@TIMES
def test_work_that_is_done_in_each_round_has_no_remark(document: Document, jobs: Path) -> None:
    said = document("-s", "sequential,asyncio", "-W", "./jobs.py:computes", "--tasks", "5", *LOOK)
    assert not [text for row in rows(said).values() for text in row["warnings"] if "round" in text]


MORE = [pytest.param(name, marks=pytest.mark.slow) for name in ("noop", "switch", "http", "echo", "counter")]


@TIMES
@pytest.mark.parametrize("workload", ["sleep", *MORE])
def test_our_own_workloads_have_no_remark(document: Document, workload: str) -> None:
    found = rows(document("-W", workload, "--tasks", "10", *LOOK))
    assert list(found) == several("usual")
    assert not [text for row in found.values() for text in row["warnings"] if "its " in text and "round" in text]


def test_failures_are_counted_the_same_under_every_strategy(document: Document, jobs: Path) -> None:
    found = rows(document("-W", "./jobs.py:fails", "--tasks", "50", *LOOK))
    for row in found.values():
        if row["status"] != "unavailable":
            assert row["status"] == "failed"
            assert row["reason"].startswith("5 of 50 failed: ValueError: page 3 has no title at jobs.py:"), row


@pytest.mark.parametrize("name", ["fails", "fails_later"])
def test_failures_that_are_allowed_stand_beside_the_number(document: Document, jobs: Path, name: str) -> None:
    asked = ("-W", f"./jobs.py:{name}", "--tasks", "50", "--blocks", "1", "-r", "2", "--allow-failures", "10%")
    (row,) = rows(document("-s", "asyncio", *asked)).values()
    assert row["wall_seconds"]["median"] > 0
    assert (row["failures"]["failures"], row["failures"]["tasks"]) == (10, 100)
    assert list(row["failures"]["kinds"].values()) == [10]
    assert row["warnings"][0].startswith("10 of 100 failed: ValueError: page")
    assert row["warnings"][1] == "its latencies are of all watched tasks, 5 that failed among them"


def test_the_table_has_a_column_of_failures_where_they_are_allowed(
    harness: Callable[..., Finished], jobs: Path
) -> None:
    asked = ("run", "-s", "sequential,threads", "-W", "./jobs.py:fails", "--tasks", "50", *LOOK)
    done = harness(*asked, "--allow-failures", "0.1", "--format", "simple")
    assert done.returncode == 0, done.stderr
    assert "failures" in done.stdout.splitlines()[2]
    assert done.stdout.count("5 of 50") == 3


def test_more_failures_than_allowed_fail_the_row(harness: Callable[..., Finished], jobs: Path) -> None:
    asked = ("run", "-s", "sequential", "-W", "./jobs.py:fails", "--tasks", "50", *LOOK, "--json", "-")
    done = harness(*asked, "--allow-failures", "8%")
    assert done.returncode == 3
    assert json.loads(done.stdout)["groups"][0]["rows"][0]["reason"].endswith("; allowed: 4")


def test_a_share_that_cannot_be_read_is_told(harness: Callable[..., Finished]) -> None:
    done = harness("run", "--allow-failures", "few")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "few: write a share such as 2% or 0.02" in done.stderr
