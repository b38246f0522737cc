"""What a traced round keeps, and how what happens gets there."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
import types
from pathlib import Path
from typing import Any

import pytest

from harness.process.workers import Worker, prepare
from harness.record.plan import PlannedStrategy
from harness.tracing.file import Seen, read
from harness.worker import layout
from harness.worker.layout import CUT, FINISHED, NOTE, RUNNING, STARTED, WAITING
from harness.worker.tracing.calls import may_wait, name_of
from harness.worker.tracing.frames import function, place
from harness.worker.tracing.pad import NO_TASK, Pad
from harness.worker.tracing.stepped import Stepped

HERE = Path(__file__).name


def kept(path: Path, kind: int, task: int | None = None) -> int:
    return sum(one.kind == kind and task in (None, one.task) for one in read(path).records)


def filled(path: Path, tasks: int, waits: int) -> Seen:
    """A pad on which each task started, waited so often, and finished."""
    pad = Pad(str(path), tasks)
    pad.begin()
    for task in range(tasks):
        pad.event(STARTED, task)
    for _ in range(waits):
        for task in range(tasks):
            pad.event(WAITING, task, name="sleep")
            pad.event(RUNNING, task)
    for task in range(tasks):
        pad.event(FINISHED, task)
    return read(path)


def test_all_of_it_is_kept_where_there_is_room(tmp_path: Path) -> None:
    seen = filled(tmp_path / "pad", 3, 100)
    assert len(seen.records) == 3 * 202 == sum(seen.counts)
    assert {one.name for one in seen.records if one.kind == WAITING} == {"sleep"}


def test_many_events_take_no_more_room_and_are_all_counted(tmp_path: Path) -> None:
    seen = filled(tmp_path / "pad", 1000, 100)
    assert (tmp_path / "pad").stat().st_size == layout.BYTES < 12e6
    assert seen.counts[WAITING] == 100_000
    assert len(seen.records) <= 1000 * (layout.ALWAYS + 2) + layout.MOST_MORE
    assert kept(tmp_path / "pad", STARTED) == kept(tmp_path / "pad", FINISHED) == kept(tmp_path / "pad", CUT) == 1000


def test_one_busy_task_leaves_the_others_what_is_theirs(tmp_path: Path) -> None:
    pad = Pad(str(tmp_path / "pad"), 2)
    for _ in range(layout.MOST_MORE + 100):
        pad.event(NOTE, 0, name="busy")
    for kind in (STARTED, WAITING, RUNNING, FINISHED):
        pad.event(kind, 1)
    assert [kept(tmp_path / "pad", kind, 1) for kind in (STARTED, WAITING, RUNNING, FINISHED)] == [1, 1, 1, 1]
    assert kept(tmp_path / "pad", CUT) == 1


def test_of_very_many_tasks_some_are_kept_evenly_spread(tmp_path: Path) -> None:
    tasks = 3 * layout.MOST_TASKS
    seen = filled(tmp_path / "pad", tasks, 0)
    assert {one.task for one in seen.records} == set(range(0, tasks, 3))
    assert seen.counts[FINISHED] == tasks


def test_names_are_shortened_and_too_many_become_one(tmp_path: Path) -> None:
    pad = Pad(str(tmp_path / "pad"), 1)
    for text in ("n" * 500, "\ud800", "并" * 100):
        pad.event(NOTE, NO_TASK, name=text)
    for number in range(layout.MOST_NAMES):
        pad.name(str(number))
    pad.event(NOTE, NO_TASK, name="one more")
    room = layout.NAME.size - 2
    assert [one.name for one in read(tmp_path / "pad").records] == [
        "n" * room + "…", r"\ud800", "并" * (room // 3) + "…", "…",
    ]  # fmt: skip


def test_a_file_that_nobody_wrote_or_of_another_length_is_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "none").records == []
    (tmp_path / "short").write_bytes(b"x" * 100)
    assert read(tmp_path / "short").records == []


def test_an_event_whose_writer_was_stopped_hides_none_of_the_others(tmp_path: Path) -> None:
    pad = Pad(str(tmp_path / "pad"), 1)
    pad.event(NOTE, NO_TASK, name="before")
    pad._slot()
    pad.event(NOTE, NO_TASK, name="after")
    assert [one.name for one in read(tmp_path / "pad").records] == ["before", "after"]


class Heard:
    """Hears of steps."""

    def __init__(self) -> None:
        self.said: list[tuple[Any, ...]] = []

    def enter(self, task: int) -> int:
        self.said.append(("enter", task))
        return task

    def leave(self, before: int) -> None:
        self.said.append(("leave", before))

    def suspended(self, task: int, stack: list[types.FrameType]) -> None:
        self.said.append(("suspended", stack[0].f_code.co_name))

    def finished(self, task: int, raised: str = "") -> None:
        self.said.append(("finished", raised))


@types.coroutine
def given_way() -> Any:
    yield


async def twice() -> int:
    await given_way()
    return 5


def test_a_coroutine_tells_of_its_steps_and_is_one_for_a_loop() -> None:
    for run in (lambda one: asyncio.run(one), lambda one: asyncio.run(awaited(one))):
        heard = Heard()
        assert run(Stepped(twice(), 3, heard)) == 5
        assert heard.said == [
            ("enter", 3), ("suspended", "given_way"), ("leave", 3), ("enter", 3), ("finished", ""), ("leave", 3),
        ]  # fmt: skip


async def awaited(one: Stepped) -> Any:
    return await one


def test_what_ends_a_coroutine_is_told_and_goes_on() -> None:
    heard = Heard()
    step = Stepped(twice(), 0, heard)
    step.send(None)
    with pytest.raises(ValueError, match="gone"):
        step.throw(ValueError("gone"))
    assert heard.said[-2:] == [("finished", "ValueError"), ("leave", 0)]


def test_functions_of_c_by_the_names_that_users_call_them() -> None:
    lock = threading.Lock()
    assert [name_of(one) for one in (time.sleep, os.waitpid, open, lock.acquire)] == [
        "time.sleep", "os.waitpid", "io.open", "lock.acquire",
    ]  # fmt: skip
    assert all(map(may_wait, (time.sleep, os.read, lock.acquire, open, input)))
    assert not any(map(may_wait, ([].append, len, "".join, {}.get, sys.getprofile, sys.exc_info)))


def test_a_place_is_the_users_line_and_a_function_a_librarys() -> None:
    frame = sys._getframe()
    inner = types.SimpleNamespace(f_code=threading.Event.wait.__code__)
    assert place([frame]) == f"{HERE}:{frame.f_lineno} in {frame.f_code.co_name}"
    assert function([inner, frame]) == "Event.wait"  # type: ignore[list-item]
    assert function([frame]).startswith(f"{HERE}:")


CLEAN = """
import sys

def task(io, index):
    io.note("nobody hears it")
    greenlet = sys.modules.get("greenlet")
    from harness.strategies.notes import silent
    return [
        [name for name in sys.modules if "tracing" in name or "worker.why" in name],
        repr(sys.getprofile()), repr(sys.gettrace()), repr(greenlet and greenlet.gettrace()),
        io.note is silent, type(io).__module__.startswith("harness.strategies."), sys._getframe(1).f_code.co_name,
    ]

class Work:
    seen = []
    def task(self, io, index):
        Work.seen.append(task(io, index))
        return index
    def check(self, index, value):
        clean = [[], "None", "None", "None", True, True]
        return None if all(one[:-1] == clean for one in Work.seen) else f"{Work.seen[0]}"
"""


@pytest.mark.parametrize("strategy", ["sequential", "gevent", "threads"])
def test_nothing_of_it_is_on_the_path_of_a_timed_round(strategy: str, tmp_path: Path) -> None:
    (tmp_path / "clean.py").write_text(CLEAN)
    name = strategy.capitalize()
    planned = PlannedStrategy(strategy, f"harness.strategies.{strategy}:{name}")
    worker = Worker(planned)
    try:
        worker.prepare(prepare(planned, workload=f"{tmp_path}/clean.py:Work", options={}, tasks=2, concurrency=2))
        worker.prepared()
        for kind in ("warmup", "timed", "observed"):
            worker.round(kind, 60)  # type: ignore[arg-type]
    finally:
        worker.stop()
