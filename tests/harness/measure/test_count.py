"""Instructions of a task."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.measure import count
from harness.process.channel import Failure
from tests.builders import Finished, rows, valgrind

CALLGRIND = "# callgrind format\nversion: 1\nevents: Ir\nsummary: 236301016\n\nfn=(0) main\n"
PERF = "# started on Mon Nov 23\n\n236301016,,instructions:u,1000,100.00,,\n"


def test_the_totals_are_read() -> None:
    assert count.callgrind_total(CALLGRIND) == 236301016
    assert count.perf_total(PERF) == 236301016


@pytest.mark.parametrize("text", ["", "summary:", "# only comments\n", "<not supported>,,instructions:u,0,0,,\n"])
def test_what_holds_no_count_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        count.callgrind_total(text)
    with pytest.raises(ValueError, match=r"."):
        count.perf_total(text)


@pytest.mark.parametrize(("command", "why"), [("no-such-tool", "No such file"), ("false", "status 1")])
def test_a_counter_that_cannot_be_started_is_a_failure(command: str, why: str, tmp_path: Path) -> None:
    counter = count.Tool("callgrind", (), count.callgrind_total, (command,))
    with pytest.raises(Failure, match=f"{command} failed: .*{why}"):
        counter.tell(counter.start, 1, tmp_path)


def test_a_tool_that_marks_has_a_count_for_each_round(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"out.{number}").write_text(f"summary: {number}00\n")
    (tmp_path / "out").write_text(PERF)
    assert count.CALLGRIND.counts(tmp_path / "out", 2) == [100, 200]
    assert count.PERF.counts(tmp_path / "out", 1) == [236301016]


@valgrind
@pytest.mark.slow
def test_twice_the_work_is_twice_the_count(document: Callable[..., dict[str, Any]]) -> None:
    asked = (
        "-s",
        "sequential",
        "-W",
        "switch",
        "--tasks",
        "10",
        "--blocks",
        "1",
        "--rounds",
        "1",
        "--count",
        "instructions",
    )
    counts = []
    for switches in (200, 400):
        row = rows(document(*asked, "-P", f"switches={switches}"))["sequential"]
        counts.append(row["instructions_per_task"]["median"])
        assert row["instructions_per_task"]["low"] <= counts[-1] <= row["instructions_per_task"]["high"]
    assert 1.5 < counts[1] / counts[0] < 2.5


@valgrind
def test_a_cell_that_fails_while_counting_is_a_row_that_says_so(
    harness: Callable[..., Finished], tmp_path: Path
) -> None:
    body = "    if 'PYTHONHASHSEED' in os.environ:\n        raise ValueError('here')"
    (tmp_path / "jobs.py").write_text(f"import os\ndef counted(index):\n{body}\n")
    done = harness(
        "run",
        "-s",
        "sequential",
        "-W",
        "./jobs.py:counted",
        "--blocks",
        "1",
        "--rounds",
        "1",
        "--count",
        "instructions",
    )
    assert done.returncode == 3
    assert "while counting: ValueError: here at jobs.py:4" in done.stdout


def test_without_a_counter_one_line_says_how_to_get_one(harness: Callable[..., Finished]) -> None:
    done = harness(
        "run",
        "-s",
        "sequential",
        "-W",
        "noop",
        "--blocks",
        "1",
        "--rounds",
        "1",
        "--count",
        "instructions",
        PATH="/nonexistent",
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "apt-get install valgrind" in done.stderr
