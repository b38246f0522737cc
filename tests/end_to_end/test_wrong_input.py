"""Every input can be wrong: one clear line or one honest row, the documented exit status, nothing left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.record import store
from tests.builders import LOOK, Finished, rows

USAGE = [
    (("run", "-W", "sleep", "-P", "nosuch=1"), "unknown option 'nosuch': sleep has seconds, call"),
    (("run", "-W", "sleep", "-P", "seconds=abc"), "seconds=abc: it is a number"),
    (("run", "-W", "sleep", "-P", "seconds=nan"), "finite"),
    (("run", "-W", "sleep", "-P", "call=foo"), "native, stdlib, socket"),
    (("run", "-W", "http", "-P", "tls=maybe"), "true or false"),
    (("run", "-W", "http", "-P", "url=ftp://x/"), "must start with http://"),
    (("run", "-W", "echo", "--tasks", "90000000"), "90,000,050 file descriptors, the limit is"),
    (("run", "-W", "sleep", "-s", "threads", "--tasks", "90000000"), "90,000,050 threads, the limit"),
    (("run", "-W", "nothing.here:f"), "there is no module nothing.here"),
    (("run", "-W", "http", "-P", "url=http://127.0.0.1:99999/"), "Port out of range"),
    (("run", "-W", "noop", "--count-with", "qemu"), "--count-with qemu: instructions are not counted here: it is for"),
    (("gate", "--base", "git:HEAD", "--count-with", "perf"), "it is for run --count instructions and gate --metric"),
    (("show", "absent"), "no run matches"),
    (("list", "strategies", "--measured", "-s", "gevnt"), "unknown strategy 'gevnt'. Did you mean gevent?"),
    (("list", "strategies", "--measured", "-s", "nothing.here:f"), "there is no module nothing.here"),
    (("list", "runs", "--measured"), "list runs --measured: it is of strategies"),
    (("list", "strategies", "--again"), "are for list strategies --measured"),
    (("list", "workloads", "-s", "gevent"), "are for list strategies --measured"),
]


@pytest.mark.parametrize(("arguments", "text"), USAGE, ids=[" ".join(arguments) for arguments, _ in USAGE])
def test_wrong_usage_is_one_line_and_status_2(
    harness: Callable[..., Finished], tmp_path: Path, arguments: tuple[str, ...], text: str
) -> None:
    done = harness(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert text in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "results").exists()


def test_a_folder_that_cannot_hold_results_is_status_5_before_anything_is_measured(
    harness: Callable[..., Finished], tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    done = harness("run", "-s", "sequential", "-W", "noop", "--results", "taken")
    assert done.returncode == 5
    assert done.stderr.startswith("harness: results cannot be stored in taken")


def test_a_cache_that_cannot_be_written_is_status_5_before_anything_is_measured(
    harness: Callable[..., Finished], tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    done = harness("list", "strategies", "--measured", "-s", "sequential", HARNESS_CACHE=str(tmp_path / "taken"))
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith(f"harness: results cannot be kept in {tmp_path}/taken/properties/")
    assert done.stderr.endswith(": Not a directory; HARNESS_CACHE names another folder\n")


JOBS = {
    "raises": ("failed", "ValueError: three is bad at jobs.py:", "if index == 3: raise ValueError('three\\nis bad')"),
    "exits": ("failed", "it ended with status 0 and no answer", "os._exit(0)"),
    "leaves": ("failed", "SystemExit: 3", "sys.exit(3)"),
    "dies": ("failed", "killed by SIGKILL", "os.kill(os.getpid(), signal.SIGKILL)"),
    "crashes": ("failed", "killed by SIGSEGV", "os.kill(os.getpid(), signal.SIGSEGV)"),
    "closes": ("failed", "a task closed the descriptors", "os.closerange(3, 100)"),
    "hangs": ("timeout", "no answer after 2 s; it was at ", "time.sleep(1000)"),
    "spins": ("timeout", "no answer after 2 s; it was at ", "while True: pass"),
    "prints": ("ok", "", "os.write(1, b'\\x1b]0;\\xff' * 100_000); print('x' * 100_000, file=sys.stderr)"),
    "daemonises": ("ok", "", "subprocess.Popen(['sleep', '4242'], start_new_session=True)"),
    "reads": ("ok", "", "sys.stdin.read()"),
    "stops_the_clock": ("failed", "its answer was unusable: Expected `float` > 0.0", "Clock._now = lambda *_: 0.0"),
}


@pytest.fixture
def jobs(tmp_path: Path) -> None:
    lines = ["import os, signal, subprocess, sys, time", "from harness.worker.rounds import Clock"]
    lines += [f"def {name}(index):\n    {body}" for name, (_, _, body) in JOBS.items()]
    (tmp_path / "jobs.py").write_text("\n".join(lines) + "\n")


@pytest.mark.usefixtures("jobs")
@pytest.mark.parametrize("name", JOBS)
def test_what_a_users_function_does_stays_in_its_row(
    document: Callable[..., dict[str, Any]], tmp_path: Path, name: str
) -> None:
    status, text, _ = JOBS[name]
    limits = ("--tasks", "5", *LOOK, "--timeout", "2")
    said = document("-s", "sequential,gevent-patched", "-W", f"./jobs.py:{name}", "-W", "noop", *limits)
    theirs, ours = said["groups"]
    for row in theirs["rows"]:
        assert row["status"] == status, row
        assert text in (row["reason"] or "")
        assert "\n" not in (row["reason"] or "")
    assert [row["status"] for row in ours["rows"]] == ["ok", "ok"]
    here = [process for process in psutil.process_iter(["cwd"]) if process.info["cwd"] == str(tmp_path)]
    assert not here, "left running where this run was, and not by a test beside it"


@pytest.mark.parametrize(
    ("source", "status", "text"),
    [
        ("import nothing_of_that_name", "failed", "No module named 'nothing_of_that_name' at broken.py:1"),
        ("raise RuntimeError('not today')", "failed", "RuntimeError: not today"),
        ("def task(:", "failed", "SyntaxError"),
        ("import os; os._exit(0)", "failed", "status 0 and no answer"),
        ("import sys; sys.exit(1)", "failed", "SystemExit"),
    ],
)
def test_a_users_module_that_does_not_import_is_a_row(
    document: Callable[..., dict[str, Any]], tmp_path: Path, source: str, status: str, text: str
) -> None:
    (tmp_path / "broken.py").write_text(source + "\n")
    theirs, ours = document("-s", "sequential", "-W", "./broken.py:task", "-W", "noop", *LOOK)["groups"]
    assert theirs["rows"][0]["status"] == status
    assert text in theirs["rows"][0]["reason"]
    assert ours["rows"][0]["status"] == "ok"


def test_a_function_that_a_strategy_cannot_run_is_a_row_that_says_so(
    document: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "jobs.py").write_text(
        "async def awaited(io, index):\n    await io.sleep(0)\n\ndef blocking(io, index):\n    io.sleep(0)\n"
    )
    awaited = rows(document("-s", "threads,asyncio", "-W", "./jobs.py:awaited", "--tasks", "2", *LOOK))
    blocking = rows(document("-s", "threads,asyncio", "-W", "./jobs.py:blocking", "--tasks", "2", *LOOK))
    assert (awaited["threads"]["status"], awaited["asyncio"]["status"]) == ("unsupported", "ok")
    assert (blocking["threads"]["status"], blocking["asyncio"]["status"]) == ("ok", "unsupported")


def descendants(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """What it has started and not yet stopped; between two blocks, nothing."""
    with contextlib.suppress(psutil.Error):
        return psutil.Process(process.pid).children(recursive=True)
    return []


def measuring(folder: Path) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """A run that has stored a sample and goes on for a long time."""
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "run", "-s", "sequential,gevent", "-W", "http", "--blocks", "500"],
        cwd=folder,
        env=os.environ | {"HARNESS_RUN_WAIT": "yes"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for path in store.runs(folder / "results"):
            if path.read_bytes().count(b"\n") >= 5 and (children := descendants(process)):
                return process, children
        time.sleep(0.05)
    process.kill()
    raise AssertionError("no sample was stored")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_keeps_every_sample_and_prints_the_partial_table(
    tmp_path: Path, number: signal.Signals, status: int
) -> None:
    process, children = measuring(tmp_path)
    process.send_signal(number)
    printed, said = process.communicate(timeout=20)
    assert process.returncode == status
    assert "interrupted" in said
    assert said.count("\n") == 1
    assert "sequential" in printed
    (path,) = store.runs(tmp_path / "results")
    record = store.read(path)
    assert record.end is not None
    assert (record.end.status, record.damaged) == ("interrupted", 0)
    assert len(record.samples) >= 2
    assert psutil.wait_procs(children, timeout=2)[1] == []


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGQUIT, marks=pytest.mark.slow)])
def test_killing_the_program_leaves_no_process_and_a_readable_record(tmp_path: Path, number: signal.Signals) -> None:
    process, children = measuring(tmp_path)
    process.send_signal(number)
    process.communicate()
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not [child for child in alive if child.status() != psutil.STATUS_ZOMBIE]
    (path,) = store.runs(tmp_path / "results")
    assert store.read(path).damaged <= 1
    shown = subprocess.run(
        [sys.executable, "-m", "harness", "show"], cwd=tmp_path, env=os.environ,
        capture_output=True, text=True,
    )  # fmt: skip
    assert shown.returncode == 0
    assert "partial" in shown.stdout


def test_a_reader_that_goes_away_is_no_error_and_the_run_is_stored(tmp_path: Path) -> None:
    command = f"{sys.executable} -m harness run -s sequential -W noop --quick | head -c 1 > /dev/null"
    environment = os.environ | {"HARNESS_RUN_WAIT": "yes"}
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert len(list(store.runs(tmp_path / "results"))) == 1
