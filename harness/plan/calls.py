"""A function with the arguments of a call, as `benchmark(function, *args, **kwargs)` of pytest-benchmark has them, and
what of it is the task's index."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from inspect import Parameter
from typing import Any, NamedTuple

from harness.errors import HarnessError
from harness.workloads.signature import OPTION_TYPES, VARIADIC, is_io


class Call(NamedTuple):
    """How each task calls a function: with its arguments, and with its index or an io where it takes them."""

    function: Callable[..., Any]
    values: tuple[Any, ...]
    named: dict[str, Any]
    index_name: str | None = None
    """The parameter that takes the task's index."""
    io_name: str | None = None
    by_name: bool = False
    """Whether all is passed by name, since the index is not the first."""
    shown: Mapping[str, Any] = {}
    """What a record says of the arguments: those that are numbers or text."""


def call(function: Callable[..., Any], values: tuple[Any, ...], named: Mapping[str, Any]) -> Call:
    """What a call with these arguments means. A parameter named `index` takes the index; without one, the first that is
    left without a value. Raises HarnessError where it cannot be called so."""
    while isinstance(function, functools.partial) and not function.args:
        named = function.keywords | dict(named)
        function = function.func
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a function of C that does not say what it takes
        return Call(function, values, dict(named))
    io = next((one for one in parameters if is_io(one) and one.name not in named), None)
    free = [one for one in parameters if one is not io]
    index = _index(free, values, named)
    rest = [one for one in free if one is not index]
    try:
        given = inspect.Signature(rest).bind(*values, **named)
    except TypeError as wrong:
        raise HarnessError(
            f"{title(function)}({_written(values, named)}) cannot be called: {wrong}; it takes {_taken(free)}"
        ) from None
    shown = _shown(given)
    names = (index.name if index else None, io.name if io else None)
    if io is None and index in (None, free[0] if free else None):
        return Call(function, given.args, given.kwargs, *names, False, shown)
    if any(one.kind in (Parameter.VAR_POSITIONAL, Parameter.POSITIONAL_ONLY) for one in parameters):
        raise HarnessError(f"{title(function)}: its index and io cannot be passed by name: write it without * and /")
    return Call(function, (), _by_name(given), *names, True, shown)


def _index(free: list[Parameter], values: tuple[Any, ...], named: Mapping[str, Any]) -> Parameter | None:
    """The parameter that takes the index, if one does."""
    positional = [one for one in free if one.kind not in (*VARIADIC, Parameter.KEYWORD_ONLY)]
    if found := next((one for one in positional if one.name == "index" and one.name not in named), None):
        return found
    lacking = [one for one in positional if one.default is one.empty and one.name not in named]
    return positional[0] if lacking and len(lacking) > len(values) and lacking[0] is positional[0] else None


def _taken(parameters: list[Parameter]) -> str:
    return ", ".join(one.name for one in parameters) or "none"


def _by_name(given: inspect.BoundArguments) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for name, value in given.arguments.items():
        variadic = given.signature.parameters[name].kind is Parameter.VAR_KEYWORD
        named |= value if variadic else {name: value}
    return named


def _shown(given: inspect.BoundArguments) -> dict[str, Any]:
    given = inspect.BoundArguments(given.signature, given.arguments.copy())
    given.apply_defaults()
    return {name: value for name, value in _by_name(given).items() if type(value) in OPTION_TYPES}


def title(function: Any) -> str:
    """What a message calls a function."""
    name = getattr(function, "__qualname__", None) or type(function).__name__
    return str(name).rpartition("<locals>.")[2]


def _written(values: tuple[Any, ...], named: Mapping[str, Any]) -> str:
    short = [*(_short(value) for value in values), *(f"{name}={_short(value)}" for name, value in named.items())]
    return ", ".join(short)


def _short(value: Any) -> str:
    return repr(value)[:40] if type(value) in OPTION_TYPES else type(value).__name__
