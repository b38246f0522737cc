"""The worker's side of `harness.plan.sent`: what was sent, made again, as a task of an index."""

from __future__ import annotations

import functools
import inspect
import os
import pickle
import types
from collections.abc import Callable
from inspect import Parameter
from typing import Any

from harness.worker.targets import of_file, of_name
from harness.workloads.signature import awaits, underlying

Task = Callable[..., Any]
INDEX = "index_of_the_task"


def received(file: str) -> Task:
    """The task that lies beside a file, which its parent, whom it may believe, has written."""
    with open(f"{file.removesuffix('.py')}.pickle", "rb") as sent:
        call, state = Receiving(sent).load()
    for module, names in state:
        vars(_found(module)).update(names)
    return task(*call)


class Receiving(pickle.Unpickler):
    """Reads what was written by reference."""

    def persistent_load(self, reference: Any) -> Any:
        """A type, a module, its names, or something at its top."""
        kind, _, name = reference
        if kind == "type":
            return getattr(types, name)
        module = _found(reference)
        if kind == "names":
            return vars(module)
        return functools.reduce(getattr, name.split("."), module) if kind == "part" else module


def _found(reference: tuple[str, str, str]) -> types.ModuleType:
    place = reference[1]
    return of_file(place) if os.path.isabs(place) else of_name(place)


def task(
    function: Task,
    values: tuple[Any, ...],
    named: dict[str, Any],
    index: str | None,
    io: str | None,
    by_name: bool,
    shown: dict[str, Any],
) -> Task:
    """A function of an index (and an io), which calls another as `harness.plan.calls` has it. No partial is called: its
    C frames would be copied at each switch of a greenlet."""
    if by_name:
        made = _by_name(function, named, index, io)
    else:
        first: tuple[Any, ...] = ()
        work = function
        while isinstance(work, functools.partial):
            first, named, work = (*work.args, *first), work.keywords | named, work.func
        made = _leading(work, first, values, named, index is not None)
    if awaits(function):
        made = _awaited(made)
    vars(made).update(__signature__=_signature(index, io, shown), __wrapped__=function, stands_for=underlying(function))
    return made


def _signature(index: str | None, io: str | None, shown: dict[str, Any]) -> inspect.Signature:
    """That of a workload: an io, an index, and options that have their values already."""
    waits = [Parameter(io, Parameter.POSITIONAL_OR_KEYWORD, annotation="Io")] if io else []
    first = [*waits, Parameter(index or INDEX, Parameter.POSITIONAL_OR_KEYWORD)]
    options = [Parameter(name, Parameter.KEYWORD_ONLY, default=value) for name, value in shown.items()]
    return inspect.Signature([*first, *(one for one in options if one.name not in {one.name for one in first})])


def _leading(work: Task, first: tuple[Any, ...], values: tuple[Any, ...], named: dict[str, Any], indexed: bool) -> Task:
    def numbered(index: int) -> Any:
        return work(*first, index, *values, **named)

    def alike(index: int) -> Any:
        return work(*first, *values, **named)

    return numbered if indexed else alike


def _by_name(function: Task, named: dict[str, Any], index: str | None, io: str | None) -> Task:
    names = [name for name in (io, index) if name]

    def task(*given: Any) -> Any:
        return function(**dict(zip(names, given, strict=False)), **named)

    return task


def _awaited(made: Task) -> Task:
    async def task(*given: Any) -> Any:
        return await made(*given)

    return task
