"""`sweep`, by the program itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import Finished

Run = Callable[..., Finished]

SIZES = ("-s", "sequential,threads", "--tasks", "1,4,16", "-P", "seconds=0.005", "--max-time", "12")


def test_a_sweep_is_a_run_that_the_other_commands_read(harness: Run) -> None:
    done = harness("sweep", "-W", "sleep", *SIZES, "--json", "-")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert [point["value"] for point in said["points"]] == [1, 4, 16]
    assert said["axis"] == "tasks"
    assert all(point["run"] == said["run"] for point in said["points"])
    shown = json.loads(harness("show", "--json", "-").stdout)
    assert sorted(group["tasks"] for group in shown["groups"]) == [1, 4, 16]
    statuses = {row["status"] for group in shown["groups"] for row in group["rows"]}
    assert "ok" in statuses <= {"ok", "unavailable"}  # without time for it, or far behind
    screen = harness("show").stdout
    assert screen.startswith("sleep: over tasks, 1 - 16")
    assert max(map(len, screen.splitlines())) <= 80
    assert "16 tasks" in harness("show", "-v").stdout
    exported = harness("export", "latest", "--to", "csv")
    assert exported.returncode == 0, exported.stderr


def test_an_option_of_strategies_is_an_axis_too(harness: Run, tmp_path: Path) -> None:
    sizes = ("-s", "thread-pool,asyncio", "--tasks", "8", "-P", "seconds=0.005", "-P", "pool=2,4", "--max-time", "8")
    done = harness("sweep", "-W", "sleep", *sizes, "--json", "-", "--report", "sweep.html")
    assert done.returncode == 0, done.stderr
    two, four = (point["seconds"] for point in json.loads(done.stdout)["points"])
    assert two["thread-pool"]["median"] > 1.3 * four["thread-pool"]["median"]
    assert "asyncio" in two
    assert "Time over pool" in (tmp_path / "sweep.html").read_text()


@pytest.mark.slow
@pytest.mark.together
def test_a_job_too_slow_for_the_time_is_measured_under_the_quickest_alone(harness: Run, tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text("import time\n\ndef slow(index):\n    time.sleep(0.5)\n")
    sizes = ("-s", "sequential,threads", "--tasks", "20,40", "--max-time", "2")
    done = harness("sweep", "-W", "./jobs.py:slow", *sizes, "--json", "-")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert {name for point in said["points"] for name in point["seconds"]} == {"threads"}
    assert (said["blocks"], said["status"]) == (1, "partial")
    assert "sequential not tried at tasks 20, 40: far behind, and slow" in said["open"]
    assert re.match(r"too few blocks at tasks 20, 40: --max-time \d+ has room", said["open"][0])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--tasks", "1..10"), "sweep: which workload?"),
        (("-W", "sleep"), "none was given"),
        (("-W", "sleep,http", "--tasks", "1..10"), "one workload"),
        (("-W", "sleep", "--tasks", "10..1"), "upside down: write 1..10"),
        (("-W", "sleep", "-P", "foo=1..10"), "unknown option 'foo': sleep has"),
        (("-W", "sleep", "--concurrency", "1..200"), "more than the 10 tasks of sleep: .* --tasks 2000"),
    ],
)
def test_what_cannot_be_meant_is_one_line(harness: Run, arguments: tuple[str, ...], said: str) -> None:
    done = harness("sweep", *arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert re.search(said, done.stderr)
