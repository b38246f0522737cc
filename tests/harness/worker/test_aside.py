"""Failures in what a task started: they count under every strategy that lets them happen, with their line."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.process.channel import Failure
from harness.worker.aside import Aside, users_code_in
from tests.builders import outcome, worker_of

JOBS = """
import _thread, asyncio, sys, threading, time; from concurrent.futures import ThreadPoolExecutor

def boom():
    raise ValueError("lost")

async def later_boom():
    boom()

class Odd:
    def __del__(self):
        boom()

def thread(index):
    one = threading.Thread(target=boom)
    one.start()
    one.join()

def bare_thread(index):
    _thread.start_new_thread(boom, ())
    time.sleep(0.05)

def ends_a_thread(index):
    one = threading.Thread(target=sys.exit)
    one.start()
    one.join()

def deleted(index):
    Odd()

def in_a_cycle(index):
    odd = Odd()
    odd.itself = odd

def runs_a_loop(index):
    asyncio.run(created(index))

async def created(index):
    asyncio.create_task(later_boom())
    await asyncio.sleep(0.001)

async def caught(index):
    try:
        await asyncio.create_task(later_boom())
    except ValueError:
        pass

async def soon(index):
    asyncio.get_running_loop().call_soon(boom)
    await asyncio.sleep(0.001)

def spawned(index):
    import gevent
    gevent.spawn(boom).join()

def spawned_and_caught(index):
    import gevent
    try:
        gevent.spawn(boom).get()
    except ValueError:
        pass

def pooled(index):
    with ThreadPoolExecutor() as pool:
        pool.submit(boom)

def taken(index):
    with ThreadPoolExecutor() as pool:
        try:
            pool.submit(boom).result()
        except ValueError:
            pass

def asked_for(index):
    with ThreadPoolExecutor() as pool:
        assert isinstance(pool.submit(boom).exception(), ValueError)

async def in_a_thread(index):
    try:
        await asyncio.to_thread(boom)
    except ValueError:
        pass

def called_back(index):
    with ThreadPoolExecutor() as pool:
        pool.submit(time.sleep, 0.001).add_done_callback(lambda future: boom())

def called_back_at_once(index):
    with ThreadPoolExecutor() as pool:
        one = pool.submit(int)
    one.add_done_callback(lambda future: boom())

kept = []

async def created_and_kept(index):
    kept.append(asyncio.create_task(later_boom()))
    await asyncio.sleep(0.001)

async def kept_from_a_pool(index):
    kept.append(asyncio.get_running_loop().run_in_executor(None, boom))
    await asyncio.sleep(0.02)

def kept_from_a_loop_that_has_ended(index):
    asyncio.run(created_and_kept(index))

async def kept_and_asked(index):
    both = asyncio.gather(later_boom(), later_boom(), return_exceptions=True)
    one = asyncio.create_task(later_boom())
    kept.extend([both, one])
    await asyncio.wait([both, one])
    assert one.exception()

async def kept_and_cancelled(index):
    one = asyncio.create_task(asyncio.sleep(60))
    kept.append(one)
    await asyncio.sleep(0)
    one.cancel()
    await asyncio.sleep(0.001)

def a_long_text(index):
    def fail():
        raise ValueError("a b c\\n" * 5_000_000)
    one = threading.Thread(target=fail)
    one.start()
    one.join()

def late(index):
    threading.Timer(0.1, boom).start()

def leaves(index):
    raise {}
"""
SYNC = ["sequential", "threads", "gevent", "asyncio", "trio"]
LOOPS = ["asyncio", "uvloop"]
LOST = "ValueError: lost at my_jobs.py:5"


@pytest.mark.parametrize("strategy", SYNC)
@pytest.mark.parametrize(
    ("task", "where"),
    [
        ("thread", "in a thread that the task started"),
        ("bare_thread", "in a thread that the task started"),
        ("deleted", "in Odd.__del__"),
        ("in_a_cycle", "in Odd.__del__"),
        ("pooled", "in a call to a pool whose result nobody took"),
        ("called_back", "in a callback of a future of a pool"),
        ("called_back_at_once", "in a callback of a future of a pool"),
    ],
)
def test_what_failed_where_nobody_waits_is_a_failure_with_its_line(
    strategy: str, task: str, where: str, tmp_path: Path
) -> None:
    assert outcome(strategy, tmp_path, task, JOBS) == f"failed: {where}: {LOST} (and 1 more)"


@pytest.mark.parametrize("strategy", LOOPS)
@pytest.mark.parametrize(
    ("task", "where"),
    [("created", "in an asyncio task that nobody awaited"), ("soon", "in a callback of asyncio's loop")],
)
def test_what_an_event_loop_would_only_log_is_a_failure(strategy: str, task: str, where: str, tmp_path: Path) -> None:
    assert outcome(strategy, tmp_path, task, JOBS) == f"failed: {where}: {LOST} (and 1 more)"


def test_a_loop_that_a_plain_task_runs_is_heard_as_well(tmp_path: Path) -> None:
    assert "in an asyncio task that nobody awaited" in str(outcome("threads", tmp_path, "runs_a_loop", JOBS))


@pytest.mark.parametrize("strategy", ["gevent", "sequential"])
def test_a_greenlet_that_failed_is_a_failure(strategy: str, tmp_path: Path) -> None:
    said = outcome(strategy, tmp_path, "spawned", JOBS)
    assert said == f"failed: in a greenlet that the task started: {LOST} (and 1 more)"


@pytest.mark.parametrize(
    ("strategy", "task"),
    [
        ("threads", "taken"),
        ("thread-pool", "asked_for"),
        ("asyncio", "in_a_thread"),
        ("asyncio", "caught"),
        ("uvloop", "caught"),
        ("gevent", "spawned_and_caught"),
        ("threads", "ends_a_thread"),
    ],
)
def test_what_the_program_caught_itself_is_no_failure(strategy: str, task: str, tmp_path: Path) -> None:
    assert outcome(strategy, tmp_path, task, JOBS) is None


def left(strategy: str, folder: Path, task: str) -> dict[str, Any]:
    """What is told when a round is over. Raises Failure."""
    worker = worker_of(strategy, folder, task, JOBS)
    try:
        worker.prepared()
        worker.round("timed", 30)
        return worker.left(30)
    finally:
        worker.stop()


@pytest.mark.parametrize(
    ("strategy", "task"),
    [
        ("asyncio", "created_and_kept"),
        ("uvloop", "created_and_kept"),
        ("asyncio", "kept_from_a_pool"),
        ("threads", "kept_from_a_loop_that_has_ended"),
    ],
)
def test_a_failure_that_is_kept_and_that_nobody_asked_for_is_not_lost(strategy: str, task: str, tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"in an asyncio task that nobody awaited: ValueError: lost at my_jobs\.py:5"):
        left(strategy, tmp_path, task)


@pytest.mark.parametrize("strategy", LOOPS)
@pytest.mark.parametrize("task", ["kept_and_asked", "kept_and_cancelled"])
def test_a_failure_that_is_kept_and_was_asked_for_is_none(strategy: str, task: str, tmp_path: Path) -> None:
    assert left(strategy, tmp_path, task) == {}


def test_a_failure_after_the_round_is_not_lost(tmp_path: Path) -> None:
    worker = worker_of("sequential", tmp_path, "late", JOBS)
    try:
        worker.prepared()
        worker.round("timed", 30)
        threading.Event().wait(0.3)
        with pytest.raises(Failure, match=r"in a thread that the task started: ValueError: lost at my_jobs\.py:5"):
            worker.left(30)
    finally:
        worker.stop()


@pytest.mark.parametrize("strategy", ["sequential", "threads", "gevent", "asyncio", "uvloop", "trio"])
@pytest.mark.parametrize(
    "what",
    ["__import__('greenlet').GreenletExit()", "asyncio.CancelledError()", "SystemExit(3)", "KeyboardInterrupt()"],
)
def test_a_task_that_raises_what_ends_others_has_failed_under_every_strategy(
    strategy: str, what: str, tmp_path: Path
) -> None:
    said = str(outcome(strategy, tmp_path, "leaves", JOBS.replace("{}", what)))
    assert said.startswith("failed: ")
    assert said.endswith(f" at my_jobs.py:{JOBS[: JOBS.index('raise {}')].count(chr(10)) + 1}")


@pytest.mark.parametrize("strategy", ["threads", "asyncio", "gevent"])
def test_a_text_of_megabytes_is_told_in_time(strategy: str, tmp_path: Path) -> None:
    said = str(outcome(strategy, tmp_path, "a_long_text", JOBS))
    assert said.startswith("failed: in a thread that the task started: ValueError: a b c a b c")
    assert len(said) < 700


@pytest.fixture
def hooks() -> Iterator[None]:
    before = threading.excepthook, sys.unraisablehook, asyncio.BaseEventLoop.default_exception_handler
    yield
    threading.excepthook, sys.unraisablehook = before[:2]
    asyncio.BaseEventLoop.default_exception_handler = before[2]  # type: ignore[method-assign]


def library_failure() -> Exception:
    """What the standard library alone raised."""
    try:
        asyncio.run(None)  # type: ignore[arg-type]
    except ValueError as error:
        return error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
    raise AssertionError("nothing was raised")


def test_what_went_wrong_within_a_library_is_no_failure_but_is_counted(hooks: None) -> None:
    aside, error = Aside(), library_failure()
    assert not users_code_in(error.__traceback__)
    for _ in range(2):
        aside.note("in Transport.__del__", error, False)
        assert aside.failed() is None
    ((words, times),) = aside.noise.items()
    assert words.startswith("in Transport.__del__: ValueError: a coroutine was expected")
    assert times == 2


def test_more_failures_than_are_kept_are_counted(hooks: None) -> None:
    aside, error = Aside(), ValueError("no")
    for _ in range(1000):
        aside.note("in a thread", error)
    failed: Any = aside.failed()
    assert failed.reason == "in a thread: ValueError: no (and 999 more)"
    assert aside.failed() is None
