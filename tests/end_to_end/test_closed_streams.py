"""Started without stdin, stdout or stderr, as some cron jobs, daemons and containers do."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from harness.record import store
from tests.builders import LOOK, Finished

CLOSED = ["<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"]
SCRIPT = """
import os
import harness

def task(index):
    print("said by task", index, flush=True)
    return index

if __name__ == "__main__":
    harness.run(task, strategies=["threads", "sequential"], tasks=2, blocks=1, rounds=1, wait=True, results="results")
    with open("done", "w") as file:
        print("done", file=file)
"""


def started(folder: Path, closed: str, *command: str) -> Finished:
    text = f"{shlex.join(command)} {closed}"
    return subprocess.run(["sh", "-c", text], cwd=folder, capture_output=True, text=True, timeout=120)


def statuses(folder: Path) -> list[tuple[str, str | None]]:
    """Of each sample of the only run: all of it is there, and no line is damaged."""
    (path,) = store.runs(folder / "results")
    record = store.read(path)
    assert record.end
    assert (record.end.status, record.damaged) == ("complete", 0)
    return [(sample.status, sample.reason) for sample in record.samples]


@pytest.mark.parametrize("closed", CLOSED)
def test_the_program_measures_all_the_same(tmp_path: Path, closed: str) -> None:
    (tmp_path / "jobs.py").write_text(SCRIPT)
    asked = (
        "-s",
        "threads,gevent",
        "-W",
        "./jobs.py:task,echo",
        "--tasks",
        "2",
        *LOOK,
        "--wait",
        "--results",
        "results",
    )
    done = started(tmp_path, closed, sys.executable, "-m", "harness", "run", *asked)
    assert done.returncode == 0
    assert done.stderr == ""
    assert ("run 20" in done.stdout) == (">&-" not in closed.replace("2>&-", ""))
    assert statuses(tmp_path) == [("ok", None)] * 4


@pytest.mark.parametrize("closed", CLOSED)
def test_so_does_a_script_of_the_users(tmp_path: Path, closed: str) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    done = started(tmp_path, closed, sys.executable, "script.py")
    assert done.returncode == 0
    assert (tmp_path / "done").read_text() == "done\n"
    assert statuses(tmp_path) == [("ok", None)] * 2


@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"])
def test_wrong_usage_has_its_status_though_nobody_hears_why(tmp_path: Path, closed: str) -> None:
    done = started(tmp_path, closed, sys.executable, "-m", "harness", "run", "-W", "nosuch")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


def test_an_ordinary_start_keeps_its_streams(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "harness", "list", "strategies", "--json", "-"]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ, capture_output=True, text=True, timeout=60)
    assert '"strategies"' in done.stdout
