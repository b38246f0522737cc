"""Tasks that share nothing with whoever runs them: they are pickled, sent to a pool, and answered with a pickle."""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
import threading
import time
import traceback
from abc import abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, BrokenExecutor, Executor, Future, wait
from typing import Any, TypeVar

from harness.strategies.base import Io, Strategy, Unsupported
from harness.strategies.sockets import BlockingIo

T = TypeVar("T")
TOP = __package__.partition(".")[0]


class RemoteTraceback(Exception):
    """The cause of a failure that came from elsewhere: its traceback there, as the standard library's pools have it."""


class Elsewhere(Exception):
    """Raised where a task failed, with its failure as a pickle, and its traceback as a text."""


class Pickled(Strategy):
    """Tasks in a pool that is brought up at the first call and stays, as a runtime does."""

    io: Io
    options = ("pool",)

    def __init__(self, pool: int | None = None) -> None:
        """`pool`: its size; one for each core that this process may run on where nobody says."""
        self.io, self._size = BlockingIo(), pool
        self._pool: Executor | None = None

    @abstractmethod
    def made(self, size: int) -> Executor:
        """A pool of this size, of which nothing has to run yet."""

    @abstractmethod
    def broken(self) -> str:
        """Why the pool no longer works."""

    def run(self, task: Callable[[int], T], count: int, concurrency: int) -> list[T]:
        sent = dumped(task)
        answers: list[Future[bytes]] = []
        failed: list[Future[bytes]] = []
        try:
            pool = self._pool = self._pool or self.up()
            answers.extend(submitted(pool, sent, count, concurrency, failed))
            wait(answers, return_when=FIRST_EXCEPTION)
        except BrokenExecutor:
            raise self._down() from None
        finally:
            for answer in answers:
                answer.cancel()
            wait(answers)
        if failed:
            raise self._failure(failed[0].exception())
        return [loaded(answer.result()) for answer in answers]

    def up(self) -> Executor:
        """A pool, all of which runs: each of its calls stays until all have come."""
        pool = self.made(size := self._size or len(os.sched_getaffinity(0)))
        with tempfile.NamedTemporaryFile(prefix="harness-") as gate:
            there = [pool.submit(stays, gate.name) for _ in range(size)]
        for one in there:
            one.result()
        return pool

    def _down(self) -> ChildProcessError:
        if self._pool:
            self._pool.shutdown()  # by then it has waited for its processes: two that ask at once lose their status
            self._pool = None  # the next call makes another
        return ChildProcessError(self.broken())

    def _failure(self, error: BaseException | None) -> BaseException:
        if isinstance(error, BrokenExecutor):
            return self._down()
        if not isinstance(error, Elsewhere):
            assert error
            return error
        failure, text = error.args
        found: BaseException = loaded(failure)
        found.__cause__ = RemoteTraceback(f"\n{text}")
        return found


def submitted(
    pool: Executor, sent: bytes, count: int, concurrency: int, failed: list[Future[bytes]]
) -> Iterator[Future[bytes]]:
    """The answer of each task, until one has failed; no more than `concurrency` of them are with the pool."""
    slots = threading.Semaphore(concurrency)

    def done(answer: Future[bytes]) -> None:
        if not answer.cancelled() and answer.exception():
            failed.append(answer)
        slots.release()

    for index in range(count):
        slots.acquire()
        if failed:
            return
        answer = pool.submit(called, sent, index)
        answer.add_done_callback(done)
        yield answer


def dumped(task: Callable[[int], object]) -> bytes:
    """A task as a pickle. Raises Unsupported where it is none that can be (a lambda, a function within another)."""
    try:
        return pickle.dumps(task)
    except Exception as error:
        raise Unsupported(f"its tasks are pickled, and this one cannot be: {error}") from None


def loaded(answer: bytes) -> Any:
    """What a task came to. Raises Unsupported where that is lost on the way."""
    try:
        return pickle.loads(answer)
    except Exception as error:
        raise Unsupported(f"what its tasks return is pickled, and this cannot be unpickled: {error}") from None


def called(sent: bytes, index: int) -> bytes:
    """What a task came to, as a pickle: called where it is to run. Raises Elsewhere."""
    try:
        return answered(task_of(sent)(index))
    except BaseException as error:
        raise Elsewhere(failure(error), "".join(traceback.format_exception(error))) from None


def task_of(sent: bytes) -> Callable[[int], object]:
    """A task that was sent. Raises Unsupported where it cannot be imported here."""
    try:
        task: Callable[[int], object] = pickle.loads(sent)
    except Exception as error:
        raise Unsupported(f"its tasks are pickled, and this one cannot be found where it is to run: {error}") from error
    return task


def answered(value: object) -> bytes:
    """A value as a pickle. Raises Unsupported where it is none that can be."""
    try:
        return pickle.dumps(value)
    except Exception as error:
        raise Unsupported(f"what its tasks return is pickled, and this cannot be: {error}") from error


def failure(error: BaseException) -> bytes:
    """An exception as a pickle; where it does not come through one, a RuntimeError that says what it was."""
    try:
        pickle.loads(text := pickle.dumps(error))
    except Exception:
        return pickle.dumps(RuntimeError(f"{type(error).__qualname__}: {error}"))
    return text


def stays(gate: str) -> None:
    """A call that stays until a file is gone."""
    while os.path.exists(gate):
        time.sleep(0.001)


def imports() -> str:
    """What has another interpreter import from where this one does, our package before anything else."""
    place = os.path.dirname(os.path.dirname(os.path.abspath(sys.modules[TOP].__file__ or "")))
    return f"import sys; sys.path[:] = {[place, *sys.path]!r}; import {TOP}; del sys.path[0]"
