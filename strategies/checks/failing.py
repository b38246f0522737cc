"""What `run` promises where tasks fail."""

from __future__ import annotations

import threading
import traceback
from collections import Counter

from harness.strategies.checks.subject import PATIENCE, Boom, Check, Gauge, Subject


async def a_failure_surfaces_with_its_traceback(subject: Subject) -> None:
    for count, concurrency in ((6, 6), (6, 10), (6, 2), (6, 1)):
        raised: list[BaseException] = []

        async def a_frame_of_the_task(index: int, raised: list[BaseException] = raised) -> None:
            await subject.io.checkpoint()
            if index == 2:
                raised.append(Boom("in task 2"))
                raise raised[0]

        failure = await subject.failure(a_frame_of_the_task, count, concurrency)
        assert failure is raised[0]
        frames = [frame.name for frame in traceback.extract_tb(failure.__traceback__)]
        assert frames[-1] == "a_frame_of_the_task", frames


async def the_first_failure_of_many_at_once_surfaces(subject: Subject) -> None:
    # With several threads nobody can tell from outside which of two failures at once was the first.
    for concurrency in (1, 3, 2000) if subject.one_thread else (1,):
        raised: list[BaseException] = []

        async def task(index: int, raised: list[BaseException] = raised) -> None:
            if not raised and not subject.one_thread:
                await subject.io.sleep(0.05)  # by now every task is submitted
            raised.append(Boom(f"in task {index}"))
            raise raised[-1]

        failure = await subject.failure(task, 2000, concurrency)
        assert failure is raised[0], (concurrency, failure, raised[0])


async def a_failure_that_comes_second_does_not_surface(subject: Subject) -> None:
    for count, concurrency in ((2, 2), (10, 2), (10, 3)):
        called: list[int] = []
        raised: list[BaseException] = []

        async def task(index: int, called: list[int] = called, raised: list[BaseException] = raised) -> None:
            called.append(index)
            turn = len(called)
            if turn == 1 and subject.one_thread and subject.overlaps:
                while not raised:  # and fail in the same turn of the loop
                    await subject.io.checkpoint()
            elif turn == 1 and subject.overlaps:
                await subject.until(lambda: bool(raised))
                await subject.io.sleep(0.05)
            if turn <= 2:
                if turn == 2:
                    await subject.io.sleep(0.01)
                raised.append(Boom(f"called as number {turn}"))
                raise raised[-1]
            await subject.io.sleep(0.1)

        failure = await subject.failure(task, count, concurrency)
        assert failure is raised[0], (count, concurrency, failure)


async def a_failure_keeps_its_cause(subject: Subject) -> None:
    cause = OSError("the cause")

    async def task(index: int) -> None:
        await subject.io.checkpoint()
        if index == 1:
            raise Boom from cause

    for concurrency in (1, 3):
        failure = await subject.failure(task, 3, concurrency)
        assert failure.__cause__ is cause, failure.__cause__


async def a_failure_keeps_its_context(subject: Subject) -> None:
    context = KeyError("the context")

    async def task(index: int) -> None:
        await subject.io.checkpoint()
        if index == 1:
            try:
                raise context
            except KeyError:
                raise Boom  # noqa: B904

    for concurrency in (1, 3):
        failure = await subject.failure(task, 3, concurrency)
        assert failure.__context__ is context, failure.__context__
        assert not failure.__suppress_context__, "a traceback would not show the context"


async def a_failure_in_the_cleaning_up_does_not_hide_the_first(subject: Subject) -> None:
    subject.ends_tasks()
    for count, concurrency in ((4, 4), (9, 3)):
        waiting = Gauge()
        called: list[int] = []

        async def task(index: int, waiting: Gauge = waiting, called: list[int] = called) -> None:
            called.append(index)
            if len(called) == 3:
                await subject.until(lambda: waiting.now >= 1)
                raise Boom("the first")
            try:
                with waiting:
                    for _ in range(PATIENCE):
                        await subject.io.sleep(0.005)
            finally:
                raise ValueError("in the cleaning up")

        failure = await subject.failure(task, count, concurrency)
        assert str(failure) == "the first"
        assert waiting.now == 0


async def cleaning_up_may_wait(subject: Subject) -> None:
    """As `finally: await stream.close()` may."""
    subject.ends_tasks()
    called: list[int] = []
    cleaned: list[int] = []

    async def task(index: int) -> None:
        called.append(index)
        if len(called) == 3:
            raise Boom
        try:
            for _ in range(PATIENCE):
                await subject.io.sleep(0.005)
        finally:
            await subject.io.checkpoint()
            cleaned.append(index)

    await subject.failure(task, 3, 3)
    assert sorted(cleaned) == [0, 1]


async def nothing_runs_on_after_a_failure(subject: Subject) -> None:
    for count, concurrency in ((6, 6), (40, 3)):
        threads = threading.active_count()
        running = Gauge()
        beats = Counter[int]()
        called: list[int] = []

        async def task(
            index: int, running: Gauge = running, beats: Counter[int] = beats, called: list[int] = called
        ) -> None:
            called.append(index)
            with running:
                if len(called) == 2:
                    await subject.until(lambda: not subject.overlaps or running.now > 1)
                    raise Boom
                for _ in range(10):
                    beats[index] += 1
                    await subject.io.sleep(0.002)

        await subject.failure(task, count, concurrency)
        assert running.now == 0, f"{running.now} tasks run on"
        assert threading.active_count() == threads
        seen = beats.copy()
        if count > concurrency:
            assert len(called) < count, "every task was started all the same"
        await subject.run(lambda _: subject.io.sleep(0.05), 1, 1)  # type: ignore[arg-type, return-value]
        assert beats == seen, "tasks ran on"


async def a_failure_ends_tasks_that_wait(subject: Subject) -> None:
    """Else a peer that never answers would keep the failure from being seen."""
    subject.ends_tasks()
    for count, concurrency in ((3, 3), (12, 3)):
        called: list[int] = []
        outlasted: list[int] = []

        async def task(index: int, called: list[int] = called, outlasted: list[int] = outlasted) -> None:
            called.append(index)
            if len(called) == 2:
                raise Boom
            for _ in range(200):
                await subject.io.sleep(0.002)
            outlasted.append(index)

        await subject.failure(task, count, concurrency)
        assert not outlasted, (count, concurrency, outlasted)


CHECKS: tuple[Check, ...] = (
    a_failure_surfaces_with_its_traceback,
    the_first_failure_of_many_at_once_surfaces,
    a_failure_that_comes_second_does_not_surface,
    a_failure_keeps_its_cause,
    a_failure_keeps_its_context,
    a_failure_in_the_cleaning_up_does_not_hide_the_first,
    cleaning_up_may_wait,
    nothing_runs_on_after_a_failure,
    a_failure_ends_tasks_that_wait,
)
