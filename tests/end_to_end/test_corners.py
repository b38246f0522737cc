"""Places where there is little to work with: a line says what is missing, or it works as anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import LOOK, Finished, flat

QUICK = ("run", "--wait", "-q", "-s", "threads", "--tasks", "2", *LOOK, "-W")
SLEEP = (*QUICK, "sleep", "-P", "seconds=0.01")


def under(folder: Path, before: str, *arguments: str, **environment: str) -> Finished:
    """Run the program after some words of a shell."""
    program = [sys.executable, "-m", "harness", *arguments]
    command = ["sh", "-c", f'{before}; exec "$@"', "sh", *program]
    return subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize(
    "before",
    [
        "unset HOME",
        "TMPDIR=/nonexistent",
        "TMPDIR=/proc",
        "ulimit -Sn 20",
        "ulimit -s 1024",
        "ulimit -v 1000000",
        "nice -n 0 true",
    ],
)
def test_it_works_as_anywhere(tmp_path: Path, before: str) -> None:
    done = under(tmp_path, before, *SLEEP)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("before", "arguments", "said", "status"),
    [
        ("mkdir gone; cd gone; rmdir ../gone", SLEEP, "the current folder: No such file or directory: cd to one", 2),
        ("mkdir gone; cd gone; rmdir ../gone", ("show",), "the current folder: No such file or directory: cd to", 2),
        ("ulimit -n 8", SLEEP, "the limit is 8 file descriptors (ulimit -Hn)", 5),
        ("ulimit -n 30", (*QUICK, "echo"), "needs 2 + 50 = 52 file descriptors, the limit is 30", 2),
    ],
)
def test_what_is_missing_is_one_line(
    tmp_path: Path, before: str, arguments: tuple[str, ...], said: str, status: int
) -> None:
    done = under(tmp_path, before, *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


@pytest.mark.parametrize("descriptors", [10, 12, 13, 14, 16])
def test_however_few_descriptors_there_are_it_is_no_bug_of_ours(tmp_path: Path, descriptors: int) -> None:
    done = under(tmp_path, f"ulimit -n {descriptors}", *SLEEP)
    assert done.returncode in (0, 3, 5)
    assert "our own bug" not in done.stderr


def test_limits_that_are_seldom_set_are_said(tmp_path: Path) -> None:
    done = under(tmp_path, "ulimit -v 1000000; ulimit -s 1024", *SLEEP, PYTHONTRACEMALLOC="1")
    assert "shell: workers ran without PYTHONTRACEMALLOC (HARNESS_KEEP_DEBUG=1 leaves them)" in flat(done.stdout)
    assert "a stack limit of 1,048,576, a limit of 1,024,000,000 (ulimit: as)" in flat(done.stdout)
