"""What a test asks `harness_benchmark` for, in words that workers understand."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

from harness.errors import HarnessError
from harness.plan.calls import Call, call, title
from harness.plan.objects import is_at
from harness.plan.request import Target
from harness.plan.sent import PICKLE, unchanged, written
from harness.workloads.signature import form

SIZES = ("tasks", "concurrency", "blocks", "rounds", "warmup", "timeout", "memory_limit", "values")


class Asked(NamedTuple):
    """A workload with its options, and how much of it."""

    workload: Any
    options: dict[str, Any]
    sizes: dict[str, Any]
    what: str
    """The same for what is the same."""


def asked(workload: Any, values: tuple[Any, ...], named: Mapping[str, Any], test: str, folder: Path) -> Asked:
    """What a call of the fixture asks for. What workers cannot import is written to the folder, and called after the
    test. Raises HarnessError where it cannot reach them."""
    sizes = {name: value for name, value in named.items() if name in SIZES}
    options = {name: value for name, value in named.items() if name not in SIZES}
    if not callable(workload) or isinstance(workload, type):
        if values:
            raise HarnessError(f"{workload}: its options are given by name, such as seconds=0.1, not {values[0]!r}")
        return Asked(workload, options, sizes, repr((workload, options, sizes)))
    _refuse_taken(workload, sizes)
    said = call(workload, values, options)
    if (given := _as_options(workload, said, bool(values or options))) is not None:
        return Asked(said.function, given, sizes, repr((said.function, given, sizes)))
    target = written(said, folder)
    name = f"pytest:{test}"  # as `notebook:` is: no name by which anything else finds it
    digest = hashlib.sha256((folder / PICKLE).read_bytes()).hexdigest()
    return Asked(Target(name, target), {}, sizes, repr((name, digest, sizes)))


def _refuse_taken(workload: Any, sizes: Mapping[str, Any]) -> None:
    """Raise HarnessError where a size of the run may be meant for the function."""
    if not isinstance(workload, FunctionType):
        return
    if both := [name for name in sizes if name in inspect.signature(workload).parameters]:
        raise HarnessError(
            f"{both[0]} is the run's and a parameter of {title(workload)}: give the function its own by "
            f"functools.partial({title(workload)}, {both[0]}=...)"
        )


def _as_options(workload: Any, said: Call, has_arguments: bool) -> dict[str, Any] | None:
    """The options of a function that workers can import, where its arguments are no more than that."""
    function = said.function
    if isinstance(function, FunctionType):
        if "<" in function.__qualname__ or not is_at(function, function.__module__, function.__qualname__):
            return None
        if not unchanged(function):
            return None
    elif not inspect.isbuiltin(function):
        return None
    if not has_arguments and workload is function:
        return {}
    try:
        known = form(function).options
    except (TypeError, ValueError):
        return None
    given = dict(zip(_after_index(function), said.values, strict=False)) | said.named
    fits = said.index_name is not None and all(
        name in known and _is(known[name].kind, value) for name, value in given.items()
    )
    return given if fits else None


def _is(kind: Any, value: Any) -> bool:
    """Whether a value comes out of `-P name=value` as it went in."""
    same = type(value) is kind or (kind is float and type(value) is int)
    return same and "," not in str(value)


def _after_index(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)[1:]
