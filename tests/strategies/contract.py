"""The promises of `Strategy.run` and of `Io`, as a program: `python contract.py NAME SERVERS [CHECK ...]`.

A fresh interpreter keeps pytest clean of what a strategy does to it, and lets the strategy's prelude come first.
Each check is a coroutine that awaits `subject`; under a blocking strategy nothing that it awaits suspends it.
Each outcome is a JSON line on standard output: the check's name, and its traceback or null."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

from harness.strategies import BUILT_IN

NAME = sys.argv[1] if __name__ == "__main__" else ""


def prelude(name: str) -> str | None:
    """The prelude of a strategy, read from its source: importing the module would be too early."""
    source = Path(*BUILT_IN[name].partition(":")[0].split(".")).with_suffix(".py").read_text()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Assign(targets=[ast.Name(id="prelude")], value=ast.Constant(value=str(found))):
                return found
    return None


if NAME and (first := prelude(NAME)):
    module_name, _, function_name = first.partition(":")
    getattr(importlib.import_module(module_name), function_name)()

import faulthandler  # noqa: E402
import json  # noqa: E402
import ssl  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
import traceback  # noqa: E402
from collections import Counter  # noqa: E402
from collections.abc import Awaitable, Callable, Coroutine  # noqa: E402
from typing import Any, TypedDict  # noqa: E402

from harness.strategies.base import Address, AsyncIo, AsyncStrategy, AsyncStream, Io, Strategy, Stream  # noqa: E402

PATIENCE = 1000
"""Sleeps of 5 ms after which a task gives up waiting for another."""

CANCELLING = {"greenlet", "generator", "gevent", "gevent-patched", "asyncio", "uvloop", "trio"}
"""Strategies that can end a task that waits; a thread can only be waited for."""


class Servers(TypedDict):
    """Where the servers of test_contract.py are."""

    plain: int
    tls: int
    closed: int
    authority: str


class Boom(Exception):
    """What a task fails with."""


class AwaitedStream:
    """A blocking stream that can be awaited."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    async def send(self, data: bytes) -> None:
        self._stream.send(data)

    async def receive(self, limit: int) -> bytes:
        return self._stream.receive(limit)

    async def close(self) -> None:
        self._stream.close()


class AwaitedIo:
    """A blocking io that can be awaited."""

    def __init__(self, io: Io) -> None:
        self._io = io

    async def sleep(self, seconds: float) -> None:
        self._io.sleep(seconds)

    async def connect(self, address: Address, tls: ssl.SSLContext | None = None) -> AsyncStream:
        return AwaitedStream(self._io.connect(address, tls))

    async def checkpoint(self) -> None:
        self._io.checkpoint()


def finish(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that nothing suspends."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("a blocking strategy suspended a coroutine")


class Subject:
    """A strategy, blocking or not, with tasks and checks that are coroutines."""

    def __init__(self, name: str, servers: Servers) -> None:
        module, _, attribute = BUILT_IN[name].partition(":")
        self.name = name
        self.servers = servers
        self.strategy: Strategy | AsyncStrategy = getattr(importlib.import_module(module), attribute)()
        awaited = isinstance(self.strategy, AsyncStrategy)
        self.io: AsyncIo = self.strategy.io if awaited else AwaitedIo(self.strategy.io)
        self.overlaps = name != "sequential"
        self.cancels = name in CANCELLING
        self.one_thread = self.strategy.threads_per_task == 0

    def check(self, check: Callable[[Subject], Coroutine[Any, Any, None]]) -> None:
        if isinstance(self.strategy, AsyncStrategy):
            self.strategy.enter(lambda: check(self))
        else:
            finish(check(self))

    async def run(self, task: Callable[[int], Coroutine[Any, Any, Any]], count: int, concurrency: int) -> list[Any]:
        if isinstance(self.strategy, AsyncStrategy):
            return await self.strategy.run(task, count, concurrency)
        return self.strategy.run(lambda index: finish(task(index)), count, concurrency)

    async def failure(
        self, task: Callable[[int], Coroutine[Any, Any, Any]], count: int, concurrency: int
    ) -> BaseException:
        try:
            values = await self.run(task, count, concurrency)
        except Boom as failure:
            return failure
        raise AssertionError(f"no failure surfaced, but the values {values}")

    async def until(self, condition: Callable[[], bool]) -> None:
        """Called in a task: wait for another one to make it so."""
        for _ in range(PATIENCE):
            if condition():
                return
            await self.io.sleep(0.005)
        raise AssertionError("the other tasks never came")


class Gauge:
    """How many tasks are in flight, and were at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = self.peak = 0

    def __enter__(self) -> None:
        with self._lock:
            self.now += 1
            self.peak = max(self.peak, self.now)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.now -= 1


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
    ended: list[int] = []

    async def task(index: int) -> None:
        if index == 0 and subject.overlaps:
            await subject.until(lambda: len(ended) == 9)
        ended.append(index)

    await subject.run(task, 10, 2)
    assert sorted(ended) == list(range(10))
    if subject.overlaps and subject.name != "trio":  # which starts its tasks in any order
        assert ended[-1] == 0


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
    if not subject.cancels:
        return
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
    if not subject.cancels or subject.name == "trio":  # where a cancelled task cannot wait, by design
        return
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
    if not subject.cancels:
        return
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


async def sleep_waits_at_least_as_long(subject: Subject) -> None:
    async def task(index: int) -> float:
        begun = time.monotonic()
        await subject.io.sleep(0.03)
        return time.monotonic() - begun

    assert min(await subject.run(task, 4, 2)) >= 0.029


async def checkpoint_lets_another_task_run(subject: Subject) -> None:
    turns: list[int] = []

    async def task(index: int) -> None:
        turns.append(index)
        rounds = 0
        while subject.overlaps and len(turns) < 2 and rounds < 1_000_000:
            await subject.io.checkpoint()
            rounds += 1
        assert not subject.overlaps or len(turns) == 2, "the other task never had its turn"
        await subject.io.checkpoint()

    await subject.run(task, 2, 2)
    assert sorted(turns) == [0, 1]


async def converse(subject: Subject, port: int, tls: ssl.SSLContext | None, again: bool = False) -> None:
    async def task(index: int) -> None:
        stream = await subject.io.connect(("127.0.0.1", port), tls)
        hello = f"hello from task {index}".encode()
        await stream.send(hello)
        answer = await stream.receive(5)
        assert 1 <= len(answer) <= 5, answer
        while len(answer) < len(hello):
            answer += await stream.receive(100)
        assert answer == hello
        large = bytes(range(256)) * 512
        await stream.send(large)
        answer = b""
        while len(answer) < len(large):
            more = await stream.receive(65536)
            assert 1 <= len(more) <= 65536, len(more)
            answer += more
        assert answer == large
        await stream.send(b"bye")
        assert await stream.receive(100) == b"bye"
        assert await stream.receive(100) == b""
        if again:
            assert await stream.receive(100) == b""
        await stream.close()
        await stream.close()

    await subject.run(task, 5, 2)
    await subject.run(task, 2, 2)


async def connect_send_receive_and_close_work(subject: Subject) -> None:
    await converse(subject, subject.servers["plain"], None)


async def connect_send_receive_and_close_work_over_tls(subject: Subject) -> None:
    trusting = ssl.create_default_context(cafile=subject.servers["authority"])
    await converse(subject, subject.servers["tls"], trusting)


async def the_end_stays_the_end(subject: Subject) -> None:
    await converse(subject, subject.servers["plain"], None, again=True)


async def the_end_stays_the_end_over_tls(subject: Subject) -> None:
    trusting = ssl.create_default_context(cafile=subject.servers["authority"])
    await converse(subject, subject.servers["tls"], trusting, again=True)


async def raises_os_error(attempt: Awaitable[Any]) -> None:
    try:
        value = await attempt
    except OSError:
        return
    raise AssertionError(f"no OSError, but {value!r}")


async def a_refused_connection_is_an_os_error(subject: Subject) -> None:
    async def task(index: int) -> None:
        await raises_os_error(subject.io.connect(("127.0.0.1", subject.servers["closed"])))

    await subject.run(task, 2, 2)


async def a_reset_connection_is_an_os_error(subject: Subject) -> None:
    async def task(index: int) -> None:
        stream = await subject.io.connect(("127.0.0.1", subject.servers["plain"]))
        await stream.send(b"reset")
        await raises_os_error(stream.receive(100))
        await stream.close()

    await subject.run(task, 2, 2)


async def an_untrusted_certificate_is_an_os_error(subject: Subject) -> None:
    async def task(index: int) -> None:
        await raises_os_error(subject.io.connect(("127.0.0.1", subject.servers["tls"]), ssl.create_default_context()))

    await subject.run(task, 2, 2)


CHECKS: dict[str, Callable[[Subject], Coroutine[Any, Any, None]]] = {
    check.__name__: check
    for check in (
        results_come_in_index_order,
        each_index_is_called_once,
        at_most_concurrency_tasks_are_in_flight_and_as_many,
        a_freed_slot_is_taken_before_the_others_finish,
        a_failure_surfaces_with_its_traceback,
        the_first_failure_of_many_at_once_surfaces,
        a_failure_that_comes_second_does_not_surface,
        a_failure_keeps_its_cause,
        a_failure_keeps_its_context,
        a_failure_in_the_cleaning_up_does_not_hide_the_first,
        cleaning_up_may_wait,
        nothing_runs_on_after_a_failure,
        a_failure_ends_tasks_that_wait,
        it_may_be_called_again,
        values_arrive_as_they_are,
        sleep_waits_at_least_as_long,
        checkpoint_lets_another_task_run,
        connect_send_receive_and_close_work,
        connect_send_receive_and_close_work_over_tls,
        the_end_stays_the_end,
        the_end_stays_the_end_over_tls,
        a_refused_connection_is_an_os_error,
        a_reset_connection_is_an_os_error,
        an_untrusted_certificate_is_an_os_error,
    )
}


def main() -> int:
    """Run the checks named, or all of them; exit with 1 when one fails."""
    faulthandler.dump_traceback_later(40, exit=True)
    subject = Subject(NAME, json.loads(sys.argv[2]))
    failed = False
    for check in sys.argv[3:] or CHECKS:
        outcome = None
        try:
            subject.check(CHECKS[check])
        except Exception:
            outcome, failed = traceback.format_exc(), True
        print(json.dumps([check, outcome]), flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
