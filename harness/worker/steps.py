"""What a worker does beside the tasks, written once for both kinds of strategy: a generator that yields what must be
awaited. A blocking strategy cannot; an AsyncStrategy's loop does.

What fails in a user's step (open, before, after, close, check) is told under the step's name."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

from harness.worker import failures
from harness.worker.messages import Failed
from harness.worker.unfinished import discard
from harness.workloads.base import Unsupported
from harness.workloads.signature import place, placed

T = TypeVar("T")
Steps = Generator[Awaitable[Any], Any, T]


class StepFailed(Exception):
    """Raised, from what a step of the user's raised, with the step's name."""


class NotRun(Exception):
    """Raised of a step of which nothing has run; the text says why."""


def step(name: str, function: Callable[..., Any], *arguments: Any) -> Steps[Any]:
    """Call a step of the user's, and have what it returns awaited if it can be. Raises StepFailed."""
    try:
        value = made = function(*arguments)
        if inspect.isawaitable(made):
            value = yield made
        if inspect.isgenerator(value) or inspect.isasyncgen(value):
            raise NotRun(f"{name} has a `yield`, and so nothing of it has run ({maker(value)})")
    except CannotAwait:
        where = maker(made) or place(function)
        raise Unsupported(f"{name} must be awaited, and this strategy cannot ({where})") from None
    except (Unsupported, NotRun):
        raise
    except (Exception, SystemExit) as error:
        raise StepFailed(name) from error
    return value


def maker(value: Any) -> str:
    """The function that a coroutine or a generator is of, and where; nothing for anything else."""
    codes = (getattr(value, f"{kind}_code", None) for kind in ("cr", "gi", "ag"))
    return next((placed(code.co_name, code) for code in codes if code), "")


class CannotAwait(Exception):
    """Raised into steps that yield something to be awaited where nothing can be."""


def blocking(steps: Steps[T]) -> T:
    """Do steps where nothing can be awaited. Raises what they raise, and Unsupported."""
    try:
        waited = next(steps)
        while True:
            discard(waited)
            waited = steps.throw(CannotAwait())
    except StopIteration as done:
        value: T = done.value
        return value


async def awaiting(steps: Steps[T]) -> T:
    """Do steps within the loop of an AsyncStrategy. Raises what they raise."""
    try:
        waited = next(steps)
        while True:
            try:
                value = await waited
            except BaseException as error:
                waited = steps.throw(error)
            else:
                waited = steps.send(value)
    except StopIteration as done:
        result: T = done.value
        return result


def told(error: BaseException, strategy: str) -> Failed:
    """What a failure is; one of a step begins with the step's name."""
    if isinstance(error, NotRun):
        return Failed("invalid", str(error))
    if not (isinstance(error, StepFailed) and error.__cause__):
        return failures.told(error, strategy)
    cause = failures.told(error.__cause__, strategy)
    return Failed(cause.status, f"{error}: {cause.reason}", cause.traceback, cause.printed)
