"""Places where there is little to work with: a line says what is missing, or it works as anywhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import LOOK, Finished, flat, rows

QUICK = ("run", "--wait", "-q", "-s", "threads", "--tasks", "2", *LOOK, "-W")
SLEEP = (*QUICK, "sleep", "-P", "seconds=0.01")
MANY = ("run", "--wait", "-q", "-s", "threads,asyncio", "-W", "sleep", "-P", "seconds=0.1", "--tasks", "200", *LOOK)


NOBODY = "unshare --user --map-user=54321 --map-group=54321"
NO_PROC = "unshare --map-root-user --mount"


def allowed(unshare: str) -> bool:
    """Whether this user may be in such a namespace."""
    return (
        bool(shutil.which("unshare")) and not subprocess.run([*unshare.split(), "true"], capture_output=True).returncode
    )


def within(unshare: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not allowed(unshare), reason=f"needs {unshare} (util-linux, user namespaces)")


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
        ("ulimit -n 8", SLEEP, "the limit is 8 file descriptors (ulimit -Hn)", 3),
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
    assert done.returncode in (0, 2, 3)
    assert "our own bug" not in done.stderr


def test_limits_that_are_seldom_set_are_said(tmp_path: Path) -> None:
    done = under(tmp_path, "ulimit -v 1000000; ulimit -s 1024", *SLEEP, PYTHONTRACEMALLOC="1")
    assert "shell: workers ran without PYTHONTRACEMALLOC (HARNESS_KEEP_DEBUG=1 leaves them)" in flat(done.stdout)
    assert "a stack limit of 1,048,576, a limit of 1,024,000,000 (ulimit: as)" in flat(done.stdout)


def test_more_strategies_than_descriptors_do_for_are_refused_and_fewer_all_measured(tmp_path: Path) -> None:
    asked = ("--wait", "-q", "-W", "noop", "--tasks", "2", *LOOK)
    done = under(tmp_path, "ulimit -n 64", "run", "-s", "all", *asked)
    assert (done.returncode, done.stdout) == (2, "")
    assert "strategies side by side need" in done.stderr
    fewer = under(tmp_path, "ulimit -n 64", "run", "-s", "sequential,threads,gevent,asyncio,uvloop,trio", *asked)
    assert (fewer.returncode, fewer.stderr) == (0, "")


@pytest.mark.parametrize("name", ["pyproject.toml", "pipe.jsonl", "pipe.json", "results/baselines/pipe.json"])
def test_no_pipe_is_waited_for(tmp_path: Path, name: str) -> None:
    (tmp_path / "results/baselines").mkdir(parents=True)
    os.mkfifo(tmp_path / name)
    command = ("history",) if name.startswith("results") else ("show", name)
    done = under(tmp_path, "true", *command)
    assert done.returncode in (2, 4, 5)
    assert len(done.stderr.splitlines()) == 1
    assert "our own bug" not in done.stderr


def test_settings_larger_than_any_are_no_settings(tmp_path: Path) -> None:
    with (tmp_path / "pyproject.toml").open("wb") as file:
        file.truncate(1 << 30)
    done = under(tmp_path, "true", *SLEEP)
    assert (done.returncode, done.stdout) == (2, "")
    assert "pyproject.toml is larger than 1,048,576 bytes: no file of settings" in done.stderr


def test_threads_that_cannot_be_started_are_their_rows_failure(tmp_path: Path) -> None:
    done = under(tmp_path, "ulimit -v 900000", *MANY, "--json", "run.json")
    assert (done.returncode, done.stderr) == (3, "")
    found = rows(json.loads((tmp_path / "run.json").read_text()))
    assert (found["threads"]["status"], found["asyncio"]["status"]) == ("failed", "ok")
    assert "can't start new thread" in found["threads"]["reason"]


def test_a_disk_that_fills_up_keeps_what_was_stored_and_says_so(tmp_path: Path) -> None:
    done = under(tmp_path, "ulimit -f 16", *QUICK, "sleep", "-P", "seconds=0.001,0.002,0.003,0.004,0.005")
    assert (done.returncode, done.stdout) == (5, "")
    assert re.search(r"results/\S+\.jsonl took (no more: File too large|half a line)", done.stderr)
    assert len(done.stderr.splitlines()) == 1
    assert under(tmp_path, "true", "show").returncode == 0
    resumed = under(tmp_path, "true", "run", "--resume", "latest", "--wait", "-q")
    assert (resumed.returncode, resumed.stderr) == (0, "")


def test_nothing_of_the_environment_is_stored_and_nobody_else_reads_a_record(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text("import os\n\n\ndef task(i):\n    return 'canary' in os.environ['API_TOKEN']\n")
    asked = ("./jobs.py:task", "--json", "run.json", "--report", "run.html")
    done = under(tmp_path, "umask 0; export API_TOKEN=canary", *QUICK, *asked)
    assert done.returncode == 0, done.stderr
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    assert {path.suffix for path in files} == {".json", ".html", ".jsonl"}
    assert not [path for path in files if b"canary" in path.read_bytes()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_the_doctor_says_what_keeps_a_machine_from_measuring(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = under(tmp_path, "ulimit -n 20", "doctor", "--strict", "--wait", "--results", "file")
    assert (done.returncode, done.stderr) == (3, "")
    said = flat(done.stdout)
    assert "can it measure no, until this is changed: file descriptors the limit is 20; raise it to 65" in said
    assert "results results cannot be stored in file: Not a directory" in said


def test_a_task_that_removes_the_results_ends_the_run_and_one_that_removes_temporary_folders_does_not(
    tmp_path: Path,
) -> None:
    (tmp_path / "jobs.py").write_text(
        "import os, shutil\n\n\ndef task(i, place: str = ''):\n    shutil.rmtree(place, ignore_errors=True)\n"
    )
    (tmp_path / "temporary").mkdir()
    before = f"export TMPDIR={tmp_path}/temporary"
    asked = (*QUICK, "http,./jobs.py:task", "-P")
    kept = under(tmp_path, before, *asked, f"place={tmp_path}/temporary")
    assert (kept.returncode, kept.stderr) == (0, "")
    gone = under(tmp_path, before, *asked, f"place={tmp_path}/results")
    assert gone.returncode == 5
    assert re.fullmatch(r"harness: results/\S+\.jsonl is no longer there: something moved or .*\n", gone.stderr)


@within(NOBODY)
@pytest.mark.parametrize("home", ["unset HOME XDG_CACHE_HOME HARNESS_CACHE", "HOME=/nonexistent"])
def test_a_user_whom_nobody_knows_measures_as_anybody(tmp_path: Path, home: str) -> None:
    done = under(tmp_path, f'{home}; set -- {NOBODY} "$@"', *SLEEP)
    assert (done.returncode, done.stderr) == (0, "")


@within(NOBODY)
@pytest.mark.parametrize("command", [("doctor",), ("list", "variants"), ("list", "strategies", "--measured")])
def test_what_is_kept_for_a_user_wants_a_home(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = under(tmp_path, f'unset HOME XDG_CACHE_HOME HARNESS_CACHE; set -- {NOBODY} "$@"', *command)
    said = "harness: this user has no home folder: HARNESS_CACHE names where to keep what can be made again\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


@within(NO_PROC)
@pytest.mark.parametrize("command", [SLEEP, ("list", "strategies"), ("explain", "-s", "asyncio", "-W", "noop")])
def test_without_proc_nothing_is_started(tmp_path: Path, command: tuple[str, ...]) -> None:
    hide = f'set -- {NO_PROC} sh -c \'mount -t tmpfs none /proc && exec "$@"\' sh "$@"'
    done = under(tmp_path, hide, *command)
    said = "harness: /proc is not there, which shows what processes do: mount -t proc proc /proc\n"
    assert (done.returncode, done.stdout, done.stderr) == (3, "", said)


FEW = """
import os, subprocess, sys

name, most = sys.argv.pop(1), int(sys.argv.pop(1))
module = subprocess if name == "_fork_exec" else os
real, there = getattr(module, name), []


def few(*how):
    there.append(how)
    if len(there) > most:
        raise BlockingIOError(11, os.strerror(11))
    return real(*how)


setattr(module, name, few)
from harness.cli import main

main()
"""
"""The program where no more processes than some are allowed: RLIMIT_NPROC holds nobody back who is root."""
NO_MORE = "Resource temporarily unavailable; no more processes or threads are allowed: raise ulimit -u, or end some"


def with_few(folder: Path, name: str, most: int) -> Finished:
    command = [sys.executable, "-c", FEW, name, f"{most}", *SLEEP, "--format", "simple"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_where_no_process_is_allowed_at_all_a_line_says_so(tmp_path: Path) -> None:
    done = with_few(tmp_path, "fork", 0)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert NO_MORE in done.stderr


@pytest.mark.parametrize(("name", "most"), [("fork", 1), ("_fork_exec", 0), ("_fork_exec", 1), ("_fork_exec", 2)])
def test_where_few_processes_are_allowed_each_row_says_so(tmp_path: Path, name: str, most: int) -> None:
    done = with_few(tmp_path, name, most)
    assert (done.returncode, done.stderr) == (3, "")
    assert f"threads: failed: {NO_MORE}" in flat(done.stdout)
