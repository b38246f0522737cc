"""What `run` and an io promise where tasks are pickled, and share nothing with whoever runs them."""

from __future__ import annotations

import os
import time
import traceback
from collections import Counter
from typing import TYPE_CHECKING, Any
from unittest import SkipTest

from harness.strategies.base import Unsupported
from harness.strategies.checks.tasks import (
    WAIT,
    Fails,
    FailsOddly,
    Kills,
    Late,
    Meets,
    ReturnsALock,
    Talks,
    Waits,
    notes,
)  # fmt: skip

if TYPE_CHECKING:
    from harness.strategies.checks.subject import Check, Subject


async def overlap(subject: Subject) -> bool:
    """Whether one task goes on while another waits."""
    with notes() as told:
        return bool((await subject.run(Meets(subject.io, told), 2, 2))[0])


async def pickled_tasks_return_in_index_order(subject: Subject) -> None:
    with notes() as told:
        for concurrency in (1, 3, 8, 20):
            values = await subject.run(Late(subject.io, told), 8, concurrency)
            assert values == [0, 10, 20, 30, 40, 50, 60, 70], (concurrency, values)


async def each_pickled_task_is_called_once(subject: Subject) -> None:
    for count in (0, 1, 7, 50):
        for concurrency in (1, 3, 64):
            with notes() as told:
                assert await subject.run(Waits(subject.io, told), count, concurrency) == list(range(count))
                assert Counter(told.told("begun")) == Counter(range(count)), (count, concurrency)


async def at_most_concurrency_pickled_tasks_are_in_flight(subject: Subject) -> None:
    for count, concurrency in ((13, 2), (4, 4), (5, 1)):
        with notes() as told:
            await subject.run(Waits(subject.io, told, WAIT), count, concurrency)
            steps = sorted((line.at, 1 if line.what == "begun" else -1) for line in told.lines())
        flying = [sum(step for _, step in steps[: place + 1]) for place in range(len(steps))]
        assert max(flying) <= concurrency, (count, concurrency, flying)
        assert max(flying) > 1 or concurrency == 1 or not subject.overlaps


async def values_arrive_equal(subject: Subject) -> None:
    values = [None, False, 0, 1 << 80, "", [1, [2]], {"a": b"b"}, (1,), ..., ValueError, b"x" * 1_000_000]
    with notes() as told:
        assert await subject.run(Waits(subject.io, told, values=values), len(values), 3) == values


async def failed(subject: Subject, task: Any, count: int, concurrency: int) -> BaseException:
    """What `run` raises."""
    try:
        values = await subject.run(task, count, concurrency)
    except Exception as failure:
        return failure
    raise AssertionError(f"no failure surfaced, but the values {values}")


async def a_failure_elsewhere_surfaces_with_its_text(subject: Subject) -> None:
    for concurrency in (1, 2, 6):
        with notes() as told:
            failure = await failed(subject, Fails(subject.io, told), 6, concurrency)
            odd = await failed(subject, FailsOddly(subject.io, told), 6, concurrency)
        assert type(failure) is ValueError
        assert failure.args == ("in task 2",)
        said = "".join(traceback.format_exception(failure))
        assert "a_frame_of_the_task" in said, said
        assert "OSError: the cause" in said, said
        assert "in task 2" in str(odd), repr(odd)
        assert "a_frame_of_the_task" in "".join(traceback.format_exception(odd))


async def nothing_runs_on_after_a_failure_elsewhere(subject: Subject) -> None:
    for count, concurrency in ((6, 6), (40, 2)):
        with notes() as told:
            await failed(subject, Fails(subject.io, told), count, concurrency)
            beats = len(told.lines())
            time.sleep(4 * WAIT)
            assert len(told.lines()) == beats, "tasks ran on"
            assert len(told.told("begun")) < count or count == concurrency, "every task was started all the same"
            assert await subject.run(Waits(subject.io, told), 3, 2) == [0, 1, 2]


async def what_cannot_be_pickled_is_unsupported(subject: Subject) -> None:
    with notes() as told:
        within = Waits(subject.io, told, values=[lambda: None])
        assert isinstance(await failed(subject, within, 1, 1), Unsupported)
        assert not told.lines(), "it was run all the same"
        returned = await failed(subject, ReturnsALock(subject.io, told), 2, 2)
        assert isinstance(returned, Unsupported), repr(returned)
        assert await subject.run(Waits(subject.io, told), 3, 2) == [0, 1, 2]


async def a_process_that_is_killed_fails_the_run(subject: Subject) -> None:
    with notes() as told:
        await subject.run(Waits(subject.io, told), 1, 1)
        if {line.pid for line in told.lines()} == {os.getpid()}:
            raise SkipTest("its tasks run in this process")
        failure = await failed(subject, Kills(subject.io, told), 8, 8)
        assert isinstance(failure, ChildProcessError), repr(failure)
        assert "SIGKILL" in str(failure)
        assert await subject.run(Waits(subject.io, told), 3, 2) == [0, 1, 2]


async def pickled_tasks_sleep_and_talk(subject: Subject) -> None:
    with notes() as told:
        await subject.run(Waits(subject.io, told, 0.03), 2, 2)
        lines = {(line.what, line.task): line.at for line in told.lines()}
    assert all(lines["ended", index] - lines["begun", index] >= 0.029 for index in range(2))
    wanted = [f"hello from task {index}, bye".encode() for index in range(3)]
    assert await subject.run(Talks(subject.io, subject.servers["plain"]), 3, 2) == wanted
    if port := subject.servers["tls"]:
        assert await subject.run(Talks(subject.io, port, subject.servers["authority"]), 3, 2) == wanted


CHECKS: tuple[Check, ...] = (
    pickled_tasks_return_in_index_order,
    each_pickled_task_is_called_once,
    at_most_concurrency_pickled_tasks_are_in_flight,
    values_arrive_equal,
    a_failure_elsewhere_surfaces_with_its_text,
    nothing_runs_on_after_a_failure_elsewhere,
    what_cannot_be_pickled_is_unsupported,
    a_process_that_is_killed_fails_the_run,
    pickled_tasks_sleep_and_talk,
)
