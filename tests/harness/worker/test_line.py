"""The worker's end of the talk: whatever a task does to the process, its answers are its own or there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import outcome

JOBS = """
import json, multiprocessing, os, struct, sys, threading, time, zlib

def forks(index):
    os.fork()

async def forks_in_a_loop(index):
    os.fork()

def raises_in_the_copy(index):
    if os.fork() == 0:
        raise ValueError("in the copy")

def nothing():
    pass

def exits(index):
    if (pid := os.fork()) == 0:
        os._exit(0)
    os.waitpid(pid, 0)

def a_childs_child_exits(index):
    if (pid := os.fork()) == 0:
        if (grandchild := os.fork()) == 0:
            os._exit(0)
        os.waitpid(grandchild, 0)
        os._exit(0)
    os.waitpid(pid, 0)

def leaves(index):
    if (pid := os.fork()) == 0:
        sys.exit(0)
    os.waitpid(pid, 0)

def process(index):
    one = multiprocessing.get_context("fork").Process(target=nothing)
    one.start()
    one.join()

def closes(index):
    os.closerange(3, 5000)

def opens_others(index):
    os.closerange(3, 5000)
    for number in range(20):
        open(os.path.join(os.path.dirname(__file__), f"kept-{number}"), "wb+")

def ends(index):
    os._exit(0)

def becomes(index):
    os.execv("/bin/true", ["true"])

def replaces(index):
    os.read = os.write = os.fstat = os.getpid = json.dumps = json.loads = struct.pack = zlib.crc32 = lambda *_: 0
    time.perf_counter = time.monotonic = time.sleep = lambda *_: 0
    json.JSONEncoder = json.JSONDecoder = json.encoder.JSONEncoder = None

class Kept:
    real = staticmethod(time.perf_counter)

def freezes(index):  # as libraries that stop the clock do it: in every module that has taken a function of it
    real, frozen = Kept.real, lambda: 5.0
    for module in list(sys.modules.values()):
        for name, value in list(vars(module).items()):
            if value is real:
                setattr(module, name, frozen)
    until = real() + 0.02
    while real() < until:
        pass
"""
STRATEGIES = ["sequential", "threads", "gevent", "asyncio", "trio"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_copy_that_runs_on_makes_the_row_invalid_and_is_named(strategy: str, tmp_path: Path) -> None:
    assert outcome(strategy, tmp_path, "forks", JOBS) == (
        "invalid: a copy of the worker (forked at my_jobs.py:5) ran on"
    )


@pytest.mark.parametrize("strategy", ["asyncio", "uvloop", "trio"])
def test_a_copy_in_a_loop_is_found(strategy: str, tmp_path: Path) -> None:
    assert "(forked at my_jobs.py:8) ran on" in str(outcome(strategy, tmp_path, "forks_in_a_loop", JOBS))


@pytest.mark.parametrize("strategy", ["sequential", "gevent", "asyncio"])
def test_a_failure_in_a_copy_is_not_the_workers(strategy: str, tmp_path: Path) -> None:
    assert "(forked at my_jobs.py:11) ran on" in str(outcome(strategy, tmp_path, "raises_in_the_copy", JOBS))


@pytest.mark.parametrize(
    ("strategy", "task"),
    [(one, task) for one in STRATEGIES for task in ("exits", "a_childs_child_exits", "process")]
    + [(one, "leaves") for one in STRATEGIES if one != "trio"],  # which runs the others first, in the copy as well
)
def test_a_child_that_ends_as_it_should_is_nothing_strange(strategy: str, task: str, tmp_path: Path) -> None:
    assert outcome(strategy, tmp_path, task, JOBS) is None


@pytest.mark.parametrize("strategy", ["sequential", "threads", "gevent"])
@pytest.mark.parametrize("task", ["closes", "opens_others"])
def test_closed_descriptors_of_ours_are_named_and_nobody_elses_file_is_written_to(
    strategy: str, task: str, tmp_path: Path
) -> None:
    said = outcome(strategy, tmp_path, task, JOBS)
    assert said == "failed: a task closed the descriptors that its worker answers by"
    assert all(not path.stat().st_size for path in tmp_path.glob("kept-*"))


@pytest.mark.parametrize("task", ["ends", "becomes"])
def test_a_worker_that_is_no_longer_there_has_no_number(task: str, tmp_path: Path) -> None:
    assert outcome("threads", tmp_path, task, JOBS) == "failed: it ended with status 0 and no answer"


@pytest.mark.parametrize("strategy", ["sequential", "gevent", "asyncio"])
def test_functions_that_a_task_replaces_are_not_those_that_answer(strategy: str, tmp_path: Path) -> None:
    assert outcome(strategy, tmp_path, "replaces", JOBS) is None


def test_a_clock_that_a_task_stops_is_not_the_one_that_measures(tmp_path: Path) -> None:
    seconds: list[float] = []
    assert outcome("sequential", tmp_path, "freezes", JOBS, seconds) is None
    assert min(seconds) >= 0.04
