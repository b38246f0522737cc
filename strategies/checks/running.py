"""What `run` promises where no task fails."""

from __future__ import annotations

from collections import Counter

from harness.strategies.checks.subject import Boom, Check, Gauge, Subject


async def results_come_in_index_order(subject: Subject) -> None:
    async def the_first_finishes_last(index: int) -> int:
        await subject.io.sleep((8 - index) * 0.002)
        return index * 10

    for concurrency in (1, 3, 8, 20):
        values = await subject.run(the_first_finishes_last, 8, concurrency)
        assert type(values) is list
        assert values == [0, 10, 20, 30, 40, 50, 60, 70], (concurrency, values)


async def each_index_is_called_once(subject: Subject) -> None:
    calls: list[int] = []

    async def task(index: int) -> None:
        calls.append(index)
        await subject.io.checkpoint()

    for count in (0, 1, 7, 50):
        for concurrency in (1, 3, 7, 64):
            calls.clear()
            values = await subject.run(task, count, concurrency)
            assert Counter(calls) == Counter(range(count)), (count, concurrency, calls)
            assert values == [None] * count


async def at_most_concurrency_tasks_are_in_flight_and_as_many(subject: Subject) -> None:
    for count, concurrency in ((13, 4), (4, 4), (3, 4), (5, 1)):
        gauge = Gauge()
        wanted = min(count, concurrency) if subject.overlaps else 1

        async def task(index: int, gauge: Gauge = gauge, wanted: int = wanted) -> None:
            with gauge:
                await subject.until(lambda: gauge.peak >= wanted)
                await subject.io.sleep(0.005)  # time for one too many to come

        await subject.run(task, count, concurrency)
        assert gauge.peak == wanted, (count, concurrency, gauge.peak)
        assert gauge.now == 0


async def a_freed_slot_is_taken_before_the_others_finish(subject: Subject) -> None:
    """No waves: one task that stays does not keep the rest from coming."""
    begun: list[int] = []
    ended: list[int] = []

    async def task(index: int) -> None:
        begun.append(index)
        if len(begun) == 1 and subject.overlaps:
            await subject.until(lambda: len(ended) == 9)
        ended.append(index)

    await subject.run(task, 10, 2)
    assert sorted(ended) == list(range(10))
    if subject.overlaps:
        assert ended[-1] == begun[0]


async def it_may_be_called_again(subject: Subject) -> None:
    async def succeed(index: int) -> int:
        await subject.io.checkpoint()
        return -index

    async def fail(index: int) -> None:
        await subject.io.checkpoint()
        raise Boom

    for concurrency in (1, 2, 5):
        assert await subject.run(succeed, 5, concurrency) == [0, -1, -2, -3, -4]
        assert await subject.run(succeed, 3, concurrency) == [0, -1, -2]
        await subject.failure(fail, 5, concurrency)
        await subject.failure(fail, 5, concurrency)
        assert await subject.run(succeed, 5, concurrency) == [0, -1, -2, -3, -4]


async def values_arrive_as_they_are(subject: Subject) -> None:
    wanted = [object(), None, False, 0, "", [], {}, Boom("a value"), StopIteration(3), Boom, ..., lambda: None]

    async def task(index: int) -> object:
        return wanted[index]

    for concurrency in (1, 5, 20):
        values = await subject.run(task, len(wanted), concurrency)
        assert len(values) == len(wanted)
        assert all(value is other for value, other in zip(values, wanted, strict=True)), values


async def a_note_changes_nothing(subject: Subject) -> None:
    async def task(index: int) -> int:
        subject.io.note(f"begins {index}")
        await subject.io.checkpoint()
        subject.io.note(f"ends {index}")
        return index

    assert await subject.run(task, 5, 2) == [0, 1, 2, 3, 4]


CHECKS: tuple[Check, ...] = (
    results_come_in_index_order,
    each_index_is_called_once,
    at_most_concurrency_tasks_are_in_flight_and_as_many,
    a_freed_slot_is_taken_before_the_others_finish,
    it_may_be_called_again,
    values_arrive_as_they_are,
    a_note_changes_nothing,
)
