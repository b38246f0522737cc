"""Instructions of a task."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from harness.errors import HarnessError
from harness.measure import count, counters
from harness.process.channel import Failure
from tests.builders import Finished, flat, qemu, rows, valgrind

CALLGRIND = "# callgrind format\nversion: 1\nevents: Ir\nsummary: 236301016\n\nfn=(0) main\n"
HYBRID = "10,,cpu_atom/instructions/u,1,9.0,,\n20,,cpu_core/instructions/u,1,91.0,,\n"
PERF = "# started on Mon Nov 23\n\n236301016,,instructions:u,1000,100.00,,\n"


PLUGIN = "total 100\ntotal 350\nown 1 20 2\ntotal 900\nown 1 50 4\n"


def test_the_totals_are_read() -> None:
    assert counters.callgrind_total(CALLGRIND) == [236301016]
    assert counters.perf_total(PERF) == [236301016]
    assert counters.plugin_totals(PLUGIN) == [250, 550]


@pytest.mark.parametrize(
    "text", ["", "summary:", "# only comments\n", "<not supported>,,instructions:u,0,0,,\n", HYBRID]
)
def test_what_holds_no_count_is_a_value_error(text: str) -> None:
    for read in (counters.callgrind_total, counters.perf_total, counters.plugin_totals):
        with pytest.raises(ValueError, match=r"."):
            read(text)


@pytest.mark.parametrize(("command", "why"), [("no-such-tool", "No such file"), ("false", "status 1")])
def test_a_counter_that_cannot_be_started_is_a_failure(command: str, why: str, tmp_path: Path) -> None:
    counter = counters.Tool("callgrind", (), counters.callgrind_total, (command,))
    with pytest.raises(Failure, match=f"{command} failed: .*{why}"):
        counter.begin(Mock(), tmp_path)


def test_a_tool_that_marks_has_a_count_for_each_round(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"out.{number}").write_text(f"summary: {number}00\n")
    (tmp_path / "out").write_text(PERF)
    assert counters.CALLGRIND.counts(tmp_path / "out", 2) == [100, 200]
    assert counters.PERF.counts(tmp_path / "out", 1) == [236301016]


def test_a_tool_that_counted_too_few_rounds_has_counted_nothing(tmp_path: Path) -> None:
    (tmp_path / "out").write_text(PLUGIN)
    of_marks = counters.Tool("qemu", (), counters.plugin_totals, marks=True)
    assert of_marks.counts(tmp_path / "out", 2) == [250, 550]
    with pytest.raises(ValueError, match="2 counts of 3 rounds"):
        of_marks.counts(tmp_path / "out", 3)


def test_as_many_counts_run_at_once_as_there_is_room_for() -> None:
    running: set[int] = set()
    most: list[int] = []

    def counting(number: int) -> count.Counting[None]:
        running.add(number)
        most.append(len(running))
        for _ in range(number + 1):
            yield
        running.discard(number)

    count.all_at_once([partial(counting, number) for number in range(5)], at_once=2)
    assert (running, max(most), len(most)) == (set(), 2, 5)


def test_an_interruption_ends_every_count_that_is_under_way() -> None:
    ended: list[int] = []

    def counting(number: int) -> count.Counting[None]:
        try:
            yield
            raise KeyboardInterrupt
        finally:
            ended.append(number)

    with pytest.raises(KeyboardInterrupt):
        count.all_at_once([partial(counting, number) for number in range(3)], at_once=3)
    assert sorted(ended) == [0, 1, 2]


def lacks(why: str) -> Callable[[], counters.Tool]:
    def find() -> counters.Tool:
        raise HarnessError(why)

    return find


def test_the_best_that_can_be_had_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, tool in (("perf", counters.PERF), ("callgrind", counters.CALLGRIND)):
        monkeypatch.setitem(counters.TOOLS, name, partial(lambda tool: tool, tool))
    monkeypatch.setitem(counters.TOOLS, "qemu", lacks("qemu-user is not installed"))
    counters.find.cache_clear()
    assert counters.find() is counters.PERF
    assert counters.find("callgrind") is counters.CALLGRIND
    with pytest.raises(HarnessError, match=r"^--count-with qemu: qemu-user is not .*; there is perf and callgrind$"):
        counters.find("qemu")
    monkeypatch.setitem(counters.TOOLS, "perf", lacks("no counters"))
    counters.find.cache_clear()
    assert counters.find() is counters.CALLGRIND
    with pytest.raises(HarnessError, match="--count-with perf: no counters; there is callgrind"):
        counters.find("perf")
    monkeypatch.setitem(counters.TOOLS, "callgrind", lacks("no valgrind"))
    counters.find.cache_clear()
    with pytest.raises(HarnessError, match=r"perf: no counters; qemu: qemu-user is not .*; callgrind: no valgrind"):
        counters.find()
    with pytest.raises(HarnessError, match="no other counter can be had either"):
        counters.find("perf")
    counters.find.cache_clear()


@pytest.mark.parametrize(
    "counter",
    [
        pytest.param("callgrind", marks=[valgrind, pytest.mark.slow]),
        pytest.param("qemu", marks=[qemu, pytest.mark.slow]),
    ],
)
def test_twice_the_work_is_twice_the_count(document: Callable[..., dict[str, Any]], counter: str) -> None:
    asked = ("-s", "sequential", "-W", "switch", "--tasks", "10", "--quick", "--count", "instructions")
    asked += ("--count-with", counter)
    counts = []
    for switches in (200, 400):
        row = rows(document(*asked, "-P", f"switches={switches}"))["sequential"]
        counts.append(row["instructions_per_task"]["median"])
        assert row["instructions_per_task"]["low"] <= counts[-1] <= row["instructions_per_task"]["high"]
    assert 1.5 < counts[1] / counts[0] < 2.5


@pytest.mark.parametrize("counter", [pytest.param("callgrind", marks=valgrind), pytest.param("qemu", marks=qemu)])
def test_a_cell_that_fails_while_counting_is_a_row_that_says_so(
    harness: Callable[..., Finished], tmp_path: Path, counter: str
) -> None:
    body = "    if 'PYTHONHASHSEED' in os.environ:\n        raise ValueError('here')"
    (tmp_path / "jobs.py").write_text(f"import os\ndef counted(index):\n{body}\n")
    done = harness("run", "-s", "sequential", "-W", "./jobs.py:counted", "--quick", "--count", "instructions",
                   "--count-with", counter)  # fmt: skip
    assert done.returncode == 3
    assert f"while counting by {counter}: ValueError: here at jobs.py:4" in flat(done.stdout)


@pytest.mark.parametrize("counter", ["perf", "qemu", "callgrind"])
def test_a_counter_that_is_named_and_lacking_is_one_line(harness: Callable[..., Finished], counter: str) -> None:
    asked = ("run", "-s", "sequential", "-W", "noop", "--quick", "--count", "instructions", "--count-with", counter)
    done = harness(*asked, PATH="/nonexistent")
    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, "")
    assert f"--count-with {counter}: " in done.stderr
    assert "apt-get install" in done.stderr
    assert "no other counter can be had either" in done.stderr


@qemu
def test_the_record_says_what_counted(document: Callable[..., dict[str, Any]]) -> None:
    said = document("-s", "sequential", "-W", "noop", "--quick", "--count", "instructions", "--count-with", "qemu")
    assert said["groups"][0]["counted_with"] == "qemu"


def test_without_a_counter_one_line_says_how_to_get_one(harness: Callable[..., Finished]) -> None:
    done = harness("run", "-s", "sequential", "-W", "noop", "--quick", "--count", "instructions", PATH="/nonexistent")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "apt-get install valgrind" in done.stderr


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("     1,234      instructions:u\n", None),
        ("     1,234      armv8_pmuv3_0/instructions:u/\n", None),
        ("", "gives this user no counters"),
        ("   <not supported>      instructions:u\n", "gives this user no counters"),
        ("   <not counted>      instructions:u   (0.00%)\n", "gives this user no counters"),
        (
            "   <not counted>      cpu_atom/instructions/u\n     1,234      cpu_core/instructions/u\n",
            "cores of several kinds (cpu_atom, cpu_core) are counted apart",
        ),
    ],
)
def test_perf_counts_where_it_says_one_number(said: str, text: str | None) -> None:
    lacks = counters.perf_lacks(said)
    assert lacks is None if text is None else text in str(lacks)


def test_a_count_that_perf_did_not_make_is_said_in_its_words() -> None:
    with pytest.raises(ValueError, match="perf says <not counted>: no counter was free"):
        counters.perf_total("<not counted>,,instructions:u,0,0.00,,\n")
