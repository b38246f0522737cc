"""How a callable of the user's is called: which parameters are the index and the io, by their names, and which are
options."""

from __future__ import annotations

import functools
import inspect
import math
import os
import typing
from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter
from types import CodeType
from typing import Any

OPTION_TYPES = (bool, int, float, str)
IO_TYPES = frozenset(("Io", "AsyncIo"))


@dataclass(frozen=True)
class Option:
    """A parameter with a default that `-P` can set."""

    kind: Any
    default: Any


@dataclass(frozen=True)
class Form:
    """How a task is called."""

    io: str | None
    """The parameter that takes the io."""
    io_place: int | None
    """How many positional arguments come before it; None where it is passed by its name."""
    options: dict[str, Option]


def underlying(thing: Any) -> Any:
    """The function that a callable is in the end: under partials, decorators, methods and `__call__`."""
    while not inspect.isfunction(thing):
        if isinstance(thing, functools.partial):
            thing = thing.func
        elif inspect.ismethod(thing):
            thing = thing.__func__
        elif isinstance(thing, type) or not inspect.isfunction(call := call_of(thing)):
            return thing
        else:
            thing = call
    return inspect.unwrap(thing)


def call_of(thing: Any) -> Any:
    """The `__call__` of a thing's class."""
    return inspect.getattr_static(type(thing), "__call__", None)


def place(thing: Any) -> str:
    """Where a reader finds a callable: its name, file and line."""
    found = underlying(thing)
    name, code = getattr(found, "__name__", type(found).__name__), getattr(found, "__code__", None)
    return placed(name, code) if code else str(name)


def placed(name: str, code: CodeType) -> str:
    """A name, with the file and line where its code begins."""
    return f"{name} at {os.path.basename(code.co_filename)}:{code.co_firstlineno}"


def awaits(thing: Any) -> bool:
    """Whether a call is known to return a coroutine: an `async def`, in a partial or as `__call__` too."""
    while isinstance(thing, functools.partial):
        thing = thing.func
    if inspect.iscoroutinefunction(thing):
        return True
    return not isinstance(thing, type) and inspect.iscoroutinefunction(call_of(thing))


def form(function: Callable[..., Any]) -> Form:
    """How a task is called: with an index, whatever that is called, and with an io where a parameter is called io or
    annotated as Io or AsyncIo. Raises ValueError where it wants more, or takes no index."""
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    positional = [one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    io = next((one for one in parameters if is_io(one)), None)
    index = next((one for one in positional if one is not io), None)
    rest = [one for one in parameters if one is not io and one is not index]
    if lacking := [one for one in rest if one.default is one.empty and one.kind not in VARIADIC]:
        raise _refused(function, signature, f"nobody gives {lacking[0].name!r}, which has no default")
    if index is None and not any(one.kind is one.VAR_POSITIONAL for one in rest):
        raise _refused(function, signature, "it takes no index")
    before = None if io is None or io not in positional else int(index in positional[: positional.index(io)])
    return Form(
        io.name if io else None, before, options(function, [one for one in rest if one not in positional_only(rest)])
    )


VARIADIC = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def positional_only(parameters: list[Parameter]) -> list[Parameter]:
    """Those that cannot be given by name."""
    return [one for one in parameters if one.kind is one.POSITIONAL_ONLY]


def _refused(function: Callable[..., Any], signature: inspect.Signature, why: str) -> ValueError:
    name = getattr(underlying(function), "__name__", "it")
    return ValueError(f"{name} must take (index) or (io, index) and options with defaults, not {signature}: {why}")


def is_io(parameter: Parameter) -> bool:
    """By its name, or by what it is annotated with."""
    noted = parameter.annotation
    words = noted.split("|") if isinstance(noted, str) else [getattr(one, "__name__", "") for one in _united(noted)]
    if any(word.strip().rpartition(".")[2] in IO_TYPES for word in words):
        return True
    return parameter.name == "io" and parameter.default is parameter.empty and parameter.kind not in VARIADIC


def _united(annotation: Any) -> tuple[Any, ...]:
    return typing.get_args(annotation) or (annotation,)


def options(function: Callable[..., Any], parameters: list[Parameter]) -> dict[str, Option]:
    """Those parameters that `-P` can set: with a default that is a bool, int, float, str, or one of a Literal."""
    try:
        hints = typing.get_type_hints(underlying(function))
    except Exception:  # names that only a type checker knows
        hints = {}
    found = {}
    for one in parameters:
        if one.default is one.empty or one.kind in VARIADIC:
            continue
        if (kind := kind_of(hints.get(one.name), one.default)) is not None:
            found[one.name] = Option(kind, one.default)
    return found


def kind_of(hint: Any, default: Any) -> Any:
    """The type of an option: as it is annotated where that is one that an option may have, else that of its default;
    None where that is no option's."""
    if typing.get_origin(hint) is typing.Literal:
        return hint
    if type(default) not in OPTION_TYPES or (type(default) is float and not math.isfinite(default)):
        return None
    return hint if hint in OPTION_TYPES else type(default)
