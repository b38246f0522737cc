"""A user's own workload: a plain function `task(index)` or `task(io, index)`, or an `async def` of either."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from harness.strategies.base import AsyncStrategy, Strategy
from harness.workloads.base import Unsupported, Workload


def takes_io(function: Callable[..., Any]) -> bool:
    """Whether it is `task(io, index)` and not `task(index)`. Raises ValueError when it is neither."""
    every = inspect.signature(function).parameters.values()
    parameters = [
        parameter
        for parameter in every
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        and parameter.default is parameter.empty
    ]
    wants_names = any(one.kind is one.KEYWORD_ONLY and one.default is one.empty for one in every)
    if len(parameters) not in (1, 2) or wants_names:
        name = getattr(function, "__name__", "it")
        raise ValueError(f"{name} must take (index) or (io, index), not {inspect.signature(function)}")
    return len(parameters) == 2


class Function(Workload):
    """A function of the user's own."""

    function: Callable[..., Any]

    def __init__(self, function: Callable[..., Any]) -> None:
        object.__setattr__(self, "function", function)

    def bind(self, strategy: Strategy | AsyncStrategy) -> Callable[[int], Any]:
        function, with_io = self.function, takes_io(self.function)
        awaited = inspect.iscoroutinefunction(function)
        if isinstance(strategy, AsyncStrategy):
            if with_io and not awaited:
                raise Unsupported("it takes an io but is no async def, and this strategy's io must be awaited")
            if not awaited:
                return blocking(function)
        elif awaited:
            raise Unsupported("it is an async def, and this strategy's tasks cannot await")
        io = strategy.io
        return (lambda index: function(io, index)) if with_io else function

    def check(self, values: Sequence[Any]) -> str | None:
        return None  # what it should return is the user's to know


def blocking(function: Callable[[int], Any]) -> Callable[[int], Any]:
    """A coroutine function that calls a plain one: it blocks the loop, as it does in anybody's program."""

    async def task(index: int) -> Any:
        return function(index)

    return task
