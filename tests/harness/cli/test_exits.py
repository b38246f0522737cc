"""A library in C that ends the program: no status of it is read as a decision."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import Finished

PROGRAM = """
import ctypes, sys, threading
import harness.api as api

c = ctypes.CDLL(None)


def ends(*_, **__):
    {how}


api.read = ends
from harness.cli import main

sys.argv = ["harness", "show"]
main()
"""


def shown(folder: Path, how: str) -> Finished:
    """What becomes of `show` where reading a run does something else."""
    command = [sys.executable, "-c", PROGRAM.format(how=how)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the guard takes glibc")
@pytest.mark.parametrize(
    "how",
    [
        "c.exit(1)",
        "ctypes.PyDLL(None).exit(1)",  # with the interpreter's lock held
        "c.exit(0)",
        "one = threading.Thread(target=c.exit, args=(1,)); one.start(); one.join()",
    ],
)
def test_who_ends_the_program_within_a_command_ends_it_as_a_bug(tmp_path: Path, how: str) -> None:
    done = shown(tmp_path, how)
    said = "harness: a library ended the program, by exit() of C; what was stored is intact\n"
    assert (done.returncode, done.stdout, done.stderr) == (70, "", said)


@pytest.mark.parametrize(
    ("how", "status"), [("sys.exit(1)", 70), ("raise ValueError('x')", 70), ("raise KeyError", 70)]
)
def test_what_python_ends_is_told_as_ever(tmp_path: Path, how: str, status: int) -> None:
    done = shown(tmp_path, how)
    assert (done.returncode, done.stderr.count("\n")) == (status, 1)


def test_a_program_that_ends_by_itself_runs_what_others_have_for_its_end(tmp_path: Path) -> None:
    done = shown(tmp_path, "import atexit; atexit.register(print, 'last'); raise api.HarnessError('no')")
    assert (done.returncode, done.stdout, done.stderr) == (2, "last\n", "harness: no\n")
