"""`harness trace`: the order of the steps under every strategy, and whatever goes wrong."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import harness
from harness.tracing.document import Trace
from tests.builders import LIBRARY
from tests.schema import hold
from tests.timelines import SOURCE, TIMELINES, Timeline, in_order

BAD = """
import cProfile, functools, os, signal, subprocess, threading, time

FIRST, SECOND = threading.Lock(), threading.Lock()

def deadlock(index):
    one, other = (FIRST, SECOND) if index else (SECOND, FIRST)
    with one:
        time.sleep(0.05)
        with other:
            pass

def hangs(io, index):
    io.note(f"begins {index}")
    io.sleep(1000 if index == 1 else 0.01)

def exits(io, index):
    io.note("exits")
    io.sleep(0.01)
    os._exit(7)

def killed(io, index):
    io.note("killed")
    os.kill(os.getpid(), signal.SIGKILL)

def raises(io, index):
    io.sleep(0.01)
    raise ValueError("\\x1b[31mno")

def forks(io, index):
    child = os.fork()
    if not child:
        io.note("in the child")
        os._exit(0)
    os.waitpid(child, 0)
    io.note("in the parent")

def runs_on(io, index):
    io.note("before")
    os.fork()

def profiles(io, index):
    with cProfile.Profile():
        time.sleep(0.01)
    io.note("profiled")

nap = functools.partial(time.sleep, 0.2)

def naps(io, index):
    nap()

def reads(io, index):
    with subprocess.Popen(["sh", "-c", "sleep 0.2; echo one"], stdout=subprocess.PIPE) as process:
        for _ in process.stdout:
            pass

def spins(io, index):
    for _ in range(500_000):
        int("5")

def hostile(io, index):
    io.note("\\x1b[31m<script>alert(1)</script>&\\ud800")
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the tutorial's tasks, and with bad ones."""
    (tmp_path / "meals.py").write_text(SOURCE)
    (tmp_path / "bad.py").write_text(BAD)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARNESS_LOCK", str(tmp_path / "lock"))
    return tmp_path


def bad(task: str, strategy: str = "gevent", tasks: int = 2) -> Trace:
    return harness.trace(f"./bad.py:{task}", strategy=strategy, tasks=tasks, timeout=1.0)


def notes(trace: Trace) -> list[str]:
    return [one.on or "" for one in trace.events if one.what == "note"]


def needs(strategy: str) -> None:
    if (library := LIBRARY.get(strategy)) and importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harness", "trace", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("one", TIMELINES, ids=lambda one: one.title)
def test_the_tutorials_tasks_take_their_steps_in_order(one: Timeline, here: Path) -> None:
    needs(one.strategy)
    trace = harness.trace(f"./meals.py:{one.task}", strategy=one.strategy, tasks=2)
    assert trace.status == "ok"
    assert in_order(notes(trace), one)
    for task, name in enumerate(("eat", "play")):
        steps = [step for step in trace.events if step.task == task]
        assert [step.what for step in steps if step.what != "note"] == (
            ["started", *["waiting", "running"] * (len(steps) // 2 - 2), "finished"]
        )
        assert [step.on for step in steps if step.what == "note"] == [f"{name} 1", f"{name} 2"]
        waits = [step for step in steps if step.what == "waiting"]
        held = one.strategy in ("sequential", "greenlet", "generator") or one.title.endswith("not patched")
        assert [step.holds for step in waits] == ([False] if one.strategy in ("greenlet", "generator") else []) + [held]
        assert all(step.place and step.place.startswith("meals.py:") for step in waits)
        assert waits[-1].on == ("time.sleep" if one.task == "plain_meal" and "patched" not in one.strategy else "sleep")
    asleep = sum(wait.seconds for wait in trace.waits)
    assert asleep >= 0.2  # of 0.3: it is told a moment after it began
    assert bool(trace.switches) == (one.strategy in ("greenlet", "gevent", "gevent-patched"))


@pytest.mark.parametrize("strategy", ["thread-pool", "uvloop", "gevent", "trio"])
def test_tasks_that_wait_for_a_slot_start_when_they_have_it(strategy: str, here: Path) -> None:
    needs(strategy)
    trace = harness.trace("./meals.py:meal+async_meal", strategy=strategy, tasks=2, concurrency=1)
    assert (trace.counts.started, trace.counts.finished, trace.counts.note) == (2, 2, 4)
    assert notes(trace) in (["eat 1", "eat 2", "play 1", "play 2"], ["play 1", "play 2", "eat 1", "eat 2"])


@pytest.mark.parametrize("strategy", ["gevent", "trio"])
def test_calls_of_an_io_are_waited_for_by_their_names(strategy: str, here: Path) -> None:
    needs(strategy)
    trace = harness.trace("http", strategy=strategy, tasks=2, options={"latency": 0.05})
    assert trace.status == "ok"
    assert "receive" in {wait.on for wait in trace.waits}


def test_a_round_that_hangs_shows_what_every_task_waits_for(here: Path) -> None:
    for strategy in ("gevent", "threads", "sequential"):
        trace = bad("hangs", strategy)
        assert trace.status == "timeout"
        assert "bad.py:15 in hangs" in (trace.reason or "")
        assert [at.count for at in trace.places] == [1]
        assert notes(trace)[-2:] in (["begins 0", "begins 1"], ["begins 1", "begins 0"])
        (left,) = trace.unfinished
        assert (left.on, left.place, left.tasks) == ("sleep", "bad.py:15 in hangs", 1)
        assert left.seconds > 0.5


def test_a_deadlock_shows_where_each_task_waits(here: Path) -> None:
    trace = bad("deadlock", "threads")
    assert trace.status == "timeout"
    assert [(one.on, one.tasks) for one in trace.unfinished] == [("bad.py:10 in deadlock", 2)]
    assert [(at.place, at.count) for at in trace.places] == [("bad.py:10 in deadlock", 2)]


@pytest.mark.parametrize(("task", "waits"), [("naps", True), ("reads", True), ("spins", False)])
def test_calls_of_which_no_event_tells_are_waits_where_the_thread_sleeps(task: str, waits: bool, here: Path) -> None:
    trace = bad(task, "threads")
    assert trace.status == "ok"
    assert (sum(one.seconds for one in trace.waits) > 0.2) == waits


@pytest.mark.parametrize(
    ("task", "status", "reason", "noted"),
    [
        ("exits", "failed", "it ended with status 7", ["exits", "exits"]),
        ("killed", "failed", "it was killed by SIGKILL", ["killed"]),
        ("raises", "failed", r"ValueError: \x1b[31mno at bad.py:28", []),
        ("runs_on", "invalid", "a copy of the worker", ["before"]),
        ("forks", "ok", "", ["in the parent", "in the parent"]),
        ("profiles", "ok", "", ["profiled", "profiled"]),
    ],
)
def test_what_was_seen_so_far_is_kept_with_the_reason(
    task: str, status: str, reason: str, noted: list[str], here: Path
) -> None:
    trace = bad(task)
    assert trace.status == status
    assert reason in (trace.reason or "")
    assert notes(trace) in (noted, noted * 2)  # how soon a copy is noticed is chance
    clashes = task == "profiles" and sys.version_info < (3, 12)  # later ones have a place of their own for cProfile
    assert ["profile function" in remark for remark in trace.remarks] == ([True] if clashes else [])


HELD = """
import sys, time

sys.setprofile(lambda *of: None)

def task(index):
    time.sleep(0.01)
"""


def test_a_profiler_that_was_there_before_is_left_alone_and_said(here: Path) -> None:
    (here / "held.py").write_text(HELD)
    trace = harness.trace("./held.py:task", strategy="sequential", tasks=2)
    assert trace.remarks == ["waits in functions of C are not seen: held holds the profile function"]
    assert (trace.status, trace.counts.finished, trace.waits) == ("ok", 2, [])


BARE = """
import time
from harness.strategies.base import Strategy

class Io:
    __slots__ = ()

    def sleep(self, seconds):
        time.sleep(seconds)

class Bare(Strategy):
    def __init__(self):
        self.io = Io()

    def run(self, task, count, concurrency):
        return [task(index) for index in range(count)]
"""


def test_a_strategy_that_was_written_without_notes_has_them(here: Path) -> None:
    (here / "bare.py").write_text(BARE)
    trace = harness.trace("./meals.py:meal", strategy="./bare.py:Bare", tasks=2)
    assert notes(trace) == ["eat 1", "eat 2", "play 1", "play 2"]


def test_names_are_escaped_wherever_they_are_shown(here: Path) -> None:
    done = command(
        "-s", "sequential", "-W", "./bad.py:hostile", "--tasks", "1", "--to", "svg", "a.svg", "--to", "chrome", "a.json"
    )
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert r"\x1b[31m<script>" in done.stdout
    svg = (here / "a.svg").read_text()
    assert "<script" not in svg
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    said = json.loads((here / "a.json").read_text())
    assert r"\x1b[31m<script>alert(1)</script>&\ud800" in [one["name"] for one in said["traceEvents"]]


def test_the_command_prints_a_timeline_and_says_by_its_status_what_came_of_it(here: Path) -> None:
    done = command("-s", "gevent", "-W", "./meals.py:meal", "--tasks", "2")
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert done.stdout.isascii()
    assert "eat 1, play 1, play 2, eat 2" in done.stdout
    failed = command("-s", "gevent", "-W", "./bad.py:raises", "--tasks", "2")
    assert failed.returncode == 3
    assert "failed: ValueError" in failed.stdout
    document = command("-s", "gevent", "-W", "./meals.py:meal", "--tasks", "2", "--json", "-")
    hold(json.loads(document.stdout), "trace")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("-W sleep", "which strategy? Name one, such as -s gevent; there are sequential"),
        ("-s gevent", "which workload? Name one, such as -W sleep"),
        ("-s gevent,trio -W sleep", "trace shows one strategy, such as -s gevent; 2 were asked for: gevent, trio"),
        ("-s gevent -W sleep -P seconds=0.1,0.2", "2 were asked for: sleep seconds=0.1 call=native, sleep seconds=0.2"),
        ("-s gevnt -W sleep", "unknown strategy 'gevnt'. Did you mean gevent?"),
        ("-s gevent -W sleep --to png a", "'png' is not one of 'chrome', 'svg'"),
        ("-s gevent -W sleep --to svg no/a.svg", "--to no/a.svg: no is no folder: make it first"),
        ("-s gevent -W sleep --to svg - --json -", "only one of them can go to stdout"),
        ("-s gevent -W echo -P side=server", "trace shows tasks, and a server has none"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(arguments: str, said: str, here: Path) -> None:
    done = command(*arguments.split())
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_what_a_strategy_cannot_run_is_said_and_is_no_failure_of_ours(here: Path) -> None:
    done = command("-s", "gevent", "-W", "./meals.py:async_meal", "--tasks", "2")
    assert done.returncode == 3
    assert "unsupported: it is an async def (async_meal at meals.py:" in done.stdout
