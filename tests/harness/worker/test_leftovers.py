"""What tasks left running, open or changed: named, and kept from other rounds where it can be."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from harness.process.channel import Failure
from harness.worker import state
from harness.worker.messages import RoundKind
from tests.builders import ROUNDS, worker_of

eventlet = pytest.mark.skipif(importlib.util.find_spec("eventlet") is None, reason="eventlet is not installed")
JOBS = """
import asyncio, os, signal, subprocess, sys, threading, time

kept = []
calls = []

def nothing(index):
    pass

def threads(index):
    threading.Thread(target=time.sleep, args=(60,), daemon=True, name="stays").start()

def threads_for_a_moment(index):
    threading.Thread(target=time.sleep, args=(0.005,), name="outlives").start()

def bare_threads(index):
    import _thread
    _thread.start_new_thread(time.sleep, (60,))

def knows_the_bare_one(index):
    import _thread
    done = threading.Event()
    _thread.start_new_thread(lambda: (threading.current_thread(), done.set()), ())
    done.wait()
    time.sleep(0.01)

def children_of_the_round_before(index):
    if len(kept) == 2:
        kept.pop().wait()
        kept.pop().wait()
    if len(calls) < 4:
        kept.append(subprocess.Popen(["sleep", "0.05"]))
    calls.append(index)

def children(index):
    kept.append(subprocess.Popen(["sleep", "60"]))

def a_server(index):
    listen = "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); input()"
    if not kept:
        kept.append(subprocess.Popen([sys.executable, "-c", listen], stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        with open(__file__.replace("my_jobs.py", "port"), "wb") as file:
            file.write(kept[0].stdout.readline())

def not_waited_for(index):
    kept.append(subprocess.Popen(["true"]))
    time.sleep(0.05)

def descriptors(index):
    kept.append(open(os.devnull))

def opened_once(index):
    if not kept:
        kept.append(open(os.devnull))

async def tasks(index):
    kept.append(asyncio.create_task(asyncio.sleep(60)))

def tasks_of_no_loop(index):
    kept.append(asyncio.ensure_future(asyncio.sleep(60)))

def tasks_of_another_loop(index):
    loop = asyncio.new_event_loop()
    kept.append(loop.create_task(asyncio.sleep(60)))
    kept.append(loop.create_task(asyncio.sleep(0)))
    loop.run_until_complete(kept[-1])

def copies(index):
    import gevent
    if (child := os.fork()) == 0:
        gevent.sleep(0.01)
        os._exit(0)
    os.waitpid(child, 0)

def copies_later(index):
    import gevent
    if os.fork() == 0:
        gevent.sleep(0.01)
        os._exit(0)

def eventlets(index):
    import eventlet
    kept.append(eventlet.spawn(eventlet.sleep, 60))

def greenlets(index):
    import gevent
    kept.append(gevent.spawn(gevent.sleep, 60))
    gevent.sleep(0)

def moves(index):
    kept.append(os.getcwd())
    os.chdir("/")
    assert len(set(kept[::2])) == 1  # each round begins where the first one did

def changes(index):
    os.environ["ADDED"] = "1"
    signal.signal(signal.SIGALRM, nothing)
    sys.path.append("/nowhere")
    time.sleep = nothing
    sys.setswitchinterval(0.5)

def replaces(index):
    import json, urllib.request
    json.dumps = urllib.request.urlopen = json.JSONEncoder.encode = nothing

def patches(index):
    from gevent import monkey
    monkey.patch_all()

def in_a_pool(index):
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor() as pool:
        list(pool.map(nothing, range(3)))
"""


def left(strategy: str, folder: Path, task: str, *more: RoundKind) -> dict[str, Any]:
    worker = worker_of(strategy, folder, task, JOBS)
    try:
        worker.prepared()
        for kind in (*ROUNDS, *more):
            worker.round(kind, 30)
        return worker.left(30)
    finally:
        worker.stop()


@pytest.mark.parametrize(
    "strategy", ["sequential", "threads", "thread-pool", "gevent", "asyncio", "uvloop", "trio", "processes"]
)
@pytest.mark.parametrize("task", ["nothing", "in_a_pool", "opened_once", "knows_the_bare_one"])
def test_a_task_that_cleans_up_has_left_nothing(strategy: str, task: str, tmp_path: Path) -> None:
    assert left(strategy, tmp_path, task) == {}


@pytest.mark.parametrize(
    ("strategy", "task", "found"),
    [
        ("sequential", "threads", {"threads": 6, "thread_names": ["stays"]}),
        ("asyncio", "threads", {"threads": 6, "thread_names": ["stays"]}),
        ("sequential", "threads_for_a_moment", {"thread_names": ["outlives"]}),
        ("uvloop", "threads_for_a_moment", {"thread_names": ["outlives"]}),
        ("threads", "children", {"children": 6}),
        ("sequential", "bare_threads", {"threads": 6, "thread_names": ["one of _thread's"]}),
        ("trio", "bare_threads", {"threads": 6, "thread_names": ["one of _thread's"]}),
        ("sequential", "not_waited_for", {"not_waited_for": 1}),
        ("gevent", "descriptors", {"descriptors_each_round": 2}),
        ("asyncio", "tasks", {"tasks": 6}),
        ("sequential", "tasks_of_no_loop", {"tasks": 6}),
        ("greenlet", "tasks_of_no_loop", {"tasks": 6}),
        ("gevent", "tasks_of_another_loop", {"tasks": 6}),
        ("gevent", "greenlets", {"greenlets": 6}),
        pytest.param("eventlet", "eventlets", {"greenlets": 6}, marks=eventlet),
        ("processes", "children", {"children": 6}),
    ],
)
def test_what_is_still_there_is_counted(strategy: str, task: str, found: dict[str, Any], tmp_path: Path) -> None:
    said = left(strategy, tmp_path, task)
    if task == "not_waited_for":  # subprocess waits for those that it finds ended, when it starts the next
        assert said["not_waited_for"] >= 1
    else:
        assert {name: said.get(name) for name in found} == found


def test_children_are_named_and_the_first_with_their_ports(tmp_path: Path) -> None:
    said = left("sequential", tmp_path, "children")
    assert [one["name"] for one in said["child_names"]] == ["sleep"] * 3
    assert {one["pid"] for one in said["child_names"]} < set(said["child_pids"])
    assert len(said["child_pids"]) == said["children"]
    (listening,) = left("sequential", tmp_path, "a_server")["child_names"]
    assert listening["ports"] == [int((tmp_path / "port").read_text())]


def test_children_that_outlive_their_round_and_are_waited_for_after_it_are_counted(tmp_path: Path) -> None:
    assert left("sequential", tmp_path, "children_of_the_round_before")["children"] >= 2


@pytest.mark.parametrize("task", ["copies", "copies_later"])
def test_tasks_that_run_in_a_copy_of_the_worker_as_well_have_no_number(task: str, tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"[12] tasks ran more than once: in a copy that a task forked"):
        left("gevent", tmp_path, task, "observed", "warmup")


def test_the_working_directory_is_put_back_and_named(tmp_path: Path) -> None:
    assert left("sequential", tmp_path, "moves") == {
        "changed": ["the working directory (/; put back before each round)"]
    }


def test_what_is_set_for_the_whole_process_is_named(tmp_path: Path) -> None:
    assert set(left("sequential", tmp_path, "changes")["changed"]) == {
        "os.environ['ADDED']", "the handler of SIGALRM", "sys.path", "time.sleep",
        "the interval at which threads switch",
    }  # fmt: skip


@pytest.mark.parametrize("strategy", ["sequential", "asyncio", "gevent"])
def test_what_was_replaced_in_a_library_is_named(strategy: str, tmp_path: Path) -> None:
    names = {"json.dumps", "urllib.request.urlopen", "json.encoder.JSONEncoder.encode"}
    assert set(left(strategy, tmp_path, "replaces")["changed"]) == names


def test_a_library_that_was_patched_meanwhile_is_named(tmp_path: Path) -> None:
    assert left("sequential", tmp_path, "patches")["changed"] == [
        "the standard library (patched by gevent or eventlet)"
    ]


class Incomparable:
    def __eq__(self, other: object) -> bool:
        raise ValueError("no")

    __hash__ = None  # type: ignore[assignment]


def test_what_cannot_be_compared_has_changed() -> None:
    one = Incomparable()
    assert not state.differ(one, one)
    assert state.differ(one, Incomparable())


def test_what_a_module_brought_along_is_no_change() -> None:
    before = state.taken()
    assert state.changed(before, before | {"random.random": print}) == (
        ["random.random"] if "random.random" in before else []
    )
    assert state.changed({"patched": []}, {"patched": [], "random.random": print}) == []
    assert state.changed({"patched": [], "os.environ['A']": "1"}, {"patched": []}) == ["os.environ['A']"]
