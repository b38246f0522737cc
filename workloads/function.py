"""A user's own workload: a plain callable, or an `async def`, that takes an index, perhaps an io, and options."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from harness.strategies.base import AsyncStrategy, Strategy
from harness.workloads.base import Peer, Unsupported, WithIo, Work, Workload
from harness.workloads.signature import Option, awaits, form, place


class Function(Workload):
    """A function of the user's own."""

    function: Callable[..., Any]
    options: dict[str, Any]

    def __init__(self, function: Callable[..., Any], options: dict[str, Any] | None = None) -> None:
        object.__setattr__(self, "function", function)
        object.__setattr__(self, "options", options or {})

    def bound(self, strategy: Strategy | AsyncStrategy, peer: Peer | None) -> Calling:
        return Calling(self.function, self.options)

    def bind(self, strategy: Strategy | AsyncStrategy) -> Callable[[int], Any]:
        return self.bound(strategy, None).bind(strategy)

    def check(self, values: Sequence[Any]) -> Any:
        return None  # what it should return is the user's to know


def known(function: Callable[..., Any]) -> dict[str, Option]:
    """The options of a callable. Raises ValueError where it is none that can be a task."""
    return form(function).options


class Calling(Work):
    """What the tasks of a function do: call it."""

    compared = True

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        self.source, self._options = function, options

    def bind(self, strategy: Strategy | AsyncStrategy) -> Callable[[int], Any]:
        assert self.source is not None
        return bound(self.source, self._options, strategy)

    def check(self, values: Sequence[Any]) -> Any:
        return None


def bound(
    function: Callable[..., Any], options: dict[str, Any], strategy: Strategy | AsyncStrategy
) -> Callable[[int], Any]:
    """The task of a strategy that calls a function. Raises Unsupported where the strategy cannot."""
    how, awaited = form(function), awaits(function)
    if awaited and not isinstance(strategy, AsyncStrategy):
        raise Unsupported(f"it is an async def ({place(function)}), and this strategy's tasks cannot await")
    given = {name: value for name, value in options.items() if how.options[name].default != value}
    call = caller(function, how.io, how.io_place, strategy.io, given)
    if not isinstance(strategy, AsyncStrategy) or awaited:
        return call
    return Undecided(forwarding(call, function) if how.io else call)


def forwarding(call: Callable[[int], Any], function: Callable[..., Any]) -> Callable[[int], Any]:
    """A plain function that takes an io which must be awaited: it can only hand it on to an `async def`."""

    def task(index: int) -> Any:
        wrong = f"it takes an io but is no async def ({place(function)}), and this strategy's io must be awaited"
        try:
            value = call(index)
        except Exception as error:
            raise Unsupported(wrong) from error
        if not inspect.isawaitable(value):
            raise Unsupported(wrong)
        return value

    return task


def caller(
    function: Callable[..., Any], io_name: str | None, io_place: int | None, io: Any, given: dict[str, Any]
) -> Callable[[int], Any]:
    """A function of an index alone: the function itself where that is all that it takes. (A partial's C frames would be
    copied at each switch of a greenlet.)"""
    if io_name is not None and io_place is None:
        given = given | {io_name: io}
    if io_name is None or io_place is None:
        return Given(function, given).call if given else function
    if io_place:
        return Given(function, given, io).call_with_io_last
    return Given(function, given, io).call_with_io if given else WithIo(function, io).call


class Given:
    """A function with its options, and perhaps an io, as a method that can be pickled (see `WithIo`)."""

    def __init__(self, function: Callable[..., Any], given: dict[str, Any], io: Any = None) -> None:
        self._function, self._given, self._io = function, given, io

    def call(self, index: int) -> Any:
        return self._function(index, **self._given)

    def call_with_io(self, index: int) -> Any:
        return self._function(self._io, index, **self._given)

    def call_with_io_last(self, index: int) -> Any:
        return self._function(index, self._io, **self._given)


class Undecided:
    """The task of a plain function under an AsyncStrategy, until the values of a round say what it returns: what can
    be awaited is."""

    def __init__(self, function: Callable[[int], Any]) -> None:
        self._function, self._awaited = function, False

    async def __call__(self, index: int) -> Any:
        value = self._function(index)
        if inspect.isawaitable(value):
            self._awaited = True
            value = await value
        return value

    def decided(self) -> Callable[[int], Coroutine[Any, Any, Any]]:
        """What to call from now on: without a look at each value, where none could be awaited."""
        return self if self._awaited else blocking(self._function)


def decided(task: Callable[[int], Any]) -> Callable[[int], Any]:
    """A task, after a round whose values were right."""
    return task.decided() if isinstance(task, Undecided) else task


def blocking(function: Callable[[int], Any]) -> Callable[[int], Coroutine[Any, Any, Any]]:
    """A coroutine function that calls a plain one: it blocks the loop, as it does in anybody's program."""

    async def task(index: int) -> Any:
        return function(index)

    return task
