"""`harness explain` of real programs, in real workers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness import why
from tests.builders import LOOK, Finished

PROGRAM = """
import asyncio, ctypes, os, signal, sys, threading, time

def naps(index):
    time.sleep(0.06)  # FAULT

def naps_for_long(index):
    open("begun", "w").close()
    time.sleep(0.06)  # FAULT

def tiny(io, index):
    for _ in range(20):
        time.sleep(0.004)  # FAULT
        io.checkpoint()

def loops(index):
    n = 0
    for i in range(2_000_000):
        n += i * i  # FAULT
    return n

async def deep(index):
    await asyncio.sleep(0.001)
    first()

def first():
    second()

def second():
    time.sleep(0.06)  # FAULT

async def sound(index):
    await asyncio.sleep(0.05)

def stuck(index):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()  # FAULT

def dies(index):
    time.sleep(0.7)  # FAULT
    ctypes.string_at(0)

def profiles(index):
    time.sleep(0.06)  # FAULT
    if sys.version_info >= (3, 12):
        sys.monitoring.free_tool_id(sys.monitoring.PROFILER_ID)
    else:
        sys.setprofile(None)

def calls(index):
    return fib(25)

def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

async def beside(index):
    aside = asyncio.get_running_loop().run_in_executor(None, fib, 22)
    for _ in range(3):
        await asyncio.sleep(0.01)
        time.sleep(0.02)  # FAULT
    await aside

async def yields(io, index):
    time.sleep(0.06)  # FAULT
    await io.sleep(0.001)

def signals(index):
    signal.signal(signal.SIGPROF, lambda *_: None)
    signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)
    end = time.thread_time() + 0.2
    while time.thread_time() < end:
        pass
    signal.setitimer(signal.ITIMER_PROF, 0)
    assert signal.getsignal(signal.SIGPROF) is not signal.SIG_DFL

def forks(index):
    if not (child := os.fork()):
        os._exit(0)
    os.waitpid(child, 0)
    time.sleep(0.06)  # FAULT
"""


def line_of(name: str) -> int:
    """The marked line of a function of the program."""
    lines = PROGRAM.splitlines()
    start = next(number for number, text in enumerate(lines) if f"def {name}(" in text)
    return next(number + 1 for number in range(start, len(lines)) if "# FAULT" in lines[number])


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "jobs.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARNESS_LOCK", str(tmp_path / "lock"))
    return "./jobs.py"


def harness(*arguments: str, **more: Any) -> Finished:
    command = [sys.executable, "-m", "harness", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **more)


@pytest.mark.parametrize(
    ("strategy", "name", "kind", "seconds"),
    [
        ("gevent", "naps", "not-patched", 0.12),
        ("gevent", "tiny", "not-patched", 0.16),
        ("asyncio", "deep", "blocked-loop", 0.12),
        ("uvloop", "deep", "blocked-loop", 0.12),
        ("gevent-patched", "loops", "blocked-loop", None),
        ("gevent", "forks", "not-patched", 0.12),
        ("asyncio", "beside", "blocked-loop", None),
        ("generator", "yields", "blocked-loop", None),
    ],
)
def test_the_line_and_what_it_cost(jobs: str, strategy: str, name: str, kind: str, seconds: float | None) -> None:
    said = why(f"{jobs}:{name}", strategy, tasks=2)
    one = next(one for one in said.findings if one.kind == kind)
    assert (one.file, one.line) == ("jobs.py", line_of("second" if name == "deep" else name))
    assert said.status == "complete"
    if seconds:
        assert one.seconds == pytest.approx(seconds, rel=0.4)  # beside other tests; the corpus holds it to 5 %
        assert one.waiting_seconds > 0.8 * one.seconds


@pytest.mark.parametrize(("strategy", "name"), [("asyncio", "sound"), ("gevent-patched", "naps"), ("threads", "naps")])
def test_nothing_is_found_where_nothing_is_wrong(jobs: str, strategy: str, name: str) -> None:
    assert why(f"{jobs}:{name}", strategy, tasks=20).findings == []


def test_a_loop_within_a_task_waits_and_that_of_a_users_strategy_runs_the_tasks(jobs: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    (one,) = why(f"{tmp_path}/mine.py:runs_a_loop", "sequential", tasks=2).findings
    assert (one.what, one.line) == (
        "asyncio.runners.run",
        OWN.splitlines().index("    asyncio.run(asyncio.sleep(0.05))") + 1,
    )
    assert why(f"{tmp_path}/mine.py:naps", f"{tmp_path}/mine.py:Mine", tasks=2).findings == []


def test_an_interruption_says_what_was_seen_until_then(jobs: str) -> None:
    asked = ["-s", "gevent", "-W", f"{jobs}:naps_for_long", "--tasks", "1000", "--json", "-"]
    running = subprocess.Popen(
        [sys.executable, "-m", "harness", "explain", *asked], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    wait_for(Path("begun"))
    time.sleep(1)
    running.send_signal(signal.SIGINT)
    out, error = running.communicate(timeout=60)
    assert (running.returncode, b"interrupted" in error) == (130, True)
    said = json.loads(out)
    assert (said["status"], said["reason"]) == ("partial", "interrupted")
    assert [(one["kind"], one["line"]) for one in said["findings"]] == [("not-patched", line_of("naps_for_long"))]


def wait_for(path: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and not path.exists():
        time.sleep(0.02)


def test_a_task_that_never_ends_says_what_was_seen_until_then(jobs: str) -> None:
    said = why(f"{jobs}:stuck", "gevent", tasks=1, max_time=2)
    assert said.status == "partial"
    assert "timeout" in (said.reason or "")
    assert line_of("stuck") in [one.line for one in said.findings]


def test_a_crash_says_what_was_seen_until_shortly_before(jobs: str) -> None:
    done = harness("explain", "-s", "gevent", "-W", f"{jobs}:dies", "--tasks", "1", "--json", "-")
    said = json.loads(done.stdout)
    assert done.returncode == 3
    assert "SIGSEGV" in said["reason"]
    assert [one["line"] for one in said["findings"]] == [line_of("dies")]


@pytest.mark.parametrize("at_once", [12, 2])
def test_short_threads_that_make_very_many_calls_compute(jobs: str, at_once: int) -> None:
    (one,) = why(f"{jobs}:calls", "threads", tasks=12, concurrency=at_once).findings
    assert one.kind == "cpu-bound"


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="no signal is used from Python 3.12 on")
def test_a_workload_that_uses_the_signal_of_profilers_keeps_it(jobs: str) -> None:
    said = why(f"{jobs}:signals", "gevent", tasks=1)
    assert said.status == "complete"
    assert any("SIGPROF" in text for text in said.remarks)


def test_a_workload_that_takes_the_profile_function_away(jobs: str) -> None:
    said = why(f"{jobs}:profiles", "gevent", tasks=1)
    assert [one.line for one in said.findings] == [line_of("profiles")]
    assert any("the workload" in text for text in said.remarks)


def test_who_profiles_already_is_not_disturbed(tmp_path: Path, jobs: str) -> None:
    tell = "sys.monitoring.use_tool_id(sys.monitoring.PROFILER_ID, 'other')"  # setprofile has a place of its own
    text = f"import sys\n{tell if sys.version_info >= (3, 12) else 'sys.setprofile(lambda *_: None)'}\n"
    (tmp_path / "held.py").write_text(text + "def task(index): pass\n")
    done = harness("explain", "-s", "gevent", "-W", "./held.py:task")
    assert done.returncode == 2
    assert "run without what put it there" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("-s", "gevent,asyncio"), 2, "one strategy"),
        (("-s", "gevent", "--threshold", "5"), 2, "a time with its unit"),
        (("-s", "nobody"), 2, "nobody"),
        (("-s", "gevent", "-W", "echo", "-P", "side=server"), 3, "server"),
    ],
)
def test_wrong_input_is_one_line(jobs: str, arguments: tuple[str, ...], status: int, said: str) -> None:
    done = harness("explain", *arguments)
    assert done.returncode == status
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_names_are_escaped(tmp_path: Path, jobs: str) -> None:
    (tmp_path / "jobs.py").write_text("import time\ndef task(index):\n    time.sleep(0.05) # \x1b[31m\n")
    done = harness("explain", "-s", "gevent", "-W", f"{jobs}:task", "--tasks", "1")
    assert "\\x1b[31m" in done.stdout
    assert "\x1b" not in done.stdout


def test_the_screen_fits(jobs: str) -> None:
    done = harness("explain", "-s", "gevent", "-W", f"{jobs}:naps", "--tasks", "2", env=os.environ | {"COLUMNS": "200"})
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "gevent.sleep" in done.stdout


MARKED = """
import asyncio, time, pytest

async def good(index):
    await asyncio.sleep(0.05)

async def bad(index):
    time.sleep(0.05)

def test_good(blocks_nothing):
    assert blocks_nothing(good, tasks=5).findings == []

def test_bad(blocks_nothing):
    blocks_nothing(bad, tasks=2)

@pytest.mark.blocks_nothing
def test_mark_good():
    asyncio.run(good(0))

@pytest.mark.blocks_nothing(ms=20)
def test_mark_bad():
    asyncio.run(bad(0))

@pytest.fixture
def anyio_backend():
    return "trio"

@pytest.mark.anyio
@pytest.mark.blocks_nothing(ms=20)
async def test_mark_trio():
    time.sleep(0.05)
"""


OWN = """
import asyncio, time
from harness.strategies.base import Strategy
from harness.strategies.sockets import BlockingIo

class Mine(Strategy):
    io = BlockingIo()

    def run(self, task, count, concurrency):
        async def main():
            return await asyncio.gather(*(asyncio.to_thread(task, i) for i in range(count)))

        return asyncio.run(main())

def naps(index):
    time.sleep(0.05)

def runs_a_loop(index):
    asyncio.run(asyncio.sleep(0.05))
"""
UNTRACED = """
import sys

def task(index):
    assert sys.getprofile() is None
    assert [name for name in sys.modules if name.startswith(("harness.worker.why", "harness.worker.tracing"))] == []
"""


@pytest.mark.parametrize("strategy", ["gevent", "asyncio", "threads"])
def test_what_is_timed_has_no_tracing_on_its_path(tmp_path: Path, jobs: str, strategy: str) -> None:
    (tmp_path / "untraced.py").write_text(UNTRACED)
    command = ("run", "-s", strategy, "-W", "./untraced.py:task", "--tasks", "3", *LOOK, "--json", "-")
    (row,) = json.loads(harness(*command).stdout)["groups"][0]["rows"]
    assert row["status"] == "ok", row["reason"]
    assert row["each_block"]


def test_tests_that_block_fail(tmp_path: Path, jobs: str) -> None:
    (tmp_path / "test_marked.py").write_text(MARKED)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir=."]
    done = subprocess.run([*command, "test_marked.py"], capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert "3 failed, 2 passed" in done.stdout
    assert done.stdout.count("time.sleep waited") >= 2
    assert "test_marked.py:8 in bad" in done.stdout
    assert "await trio.sleep(...)" in done.stdout
