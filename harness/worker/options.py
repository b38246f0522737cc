"""A workload's options: from the text of the command line to values, and back."""

from __future__ import annotations

import dataclasses
import itertools
import math
import typing
from collections.abc import Iterator, Sequence
from typing import Any

from harness.worker.targets import Usage
from harness.workloads import function, owned
from harness.workloads.base import Workload
from harness.workloads.function import Function
from harness.workloads.serving import LATER


def option_types(workload: Any) -> dict[str, Any]:
    """The options of what a target names: name to type. Raises Usage where it is nothing that can be a workload."""
    if not is_workload(workload):
        return {name: one.kind for name, one in options_known(workload).items()}
    hints = typing.get_type_hints(workload)
    return {field.name: hints[field.name] for field in dataclasses.fields(workload) if field.init}


def is_workload(found: Any) -> bool:
    """Whether it is a class that keeps the contract of workloads."""
    return isinstance(found, type) and issubclass(found, Workload)


def options_known(found: Any) -> dict[str, Any]:
    """The options of what is the user's own: name to `Option`. Raises Usage."""
    if not (callable(found) or owned.is_owned(found)):
        raise Usage(f"{found!r} is neither a function, nor a class or object with a task, nor a Workload")
    try:
        if isinstance(found, owned.Pair):
            return dict(found.options())
        return dict(owned.known(found) if owned.is_owned(found) else function.known(found))
    except (TypeError, ValueError) as wrong:
        raise Usage(str(wrong)) from None


def parse(name: str, text: str, kind: Any) -> Any:
    """An option's text as its type wants it. Raises Usage."""
    if typing.get_origin(kind) is typing.Literal:
        if text in (choices := {str(one): one for one in typing.get_args(kind)}):
            return choices[text]
        raise Usage(f"{name}={text}: it is one of {', '.join(choices)}")
    if kind is bool:
        if text.lower() in (words := {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}):
            return words[text.lower()]
        raise Usage(f"{name}={text}: it is true or false")
    try:
        value = kind(text)
        if kind is float and not math.isfinite(value):
            raise Usage(f"{name}={text}: it is a finite number")
        return value
    except ValueError:
        word = {int: "a whole number", float: "a number"}.get(kind, kind.__name__)
        raise Usage(f"{name}={text}: it is {word}") from None


def combinations(workload: Any, given: Sequence[Sequence[str]]) -> Iterator[dict[str, Any]]:
    """Every combination of the options' values: `key=a,b` stands for both. Raises Usage."""
    kinds = option_types(workload)
    values: dict[str, list[Any]] = {}
    for name, text in given:
        if name not in kinds:
            continue
        if typing.get_origin(kinds[name]) is tuple:
            values[name] = [(*values.get(name, [()])[0], text)]
        elif name in values:
            raise Usage(f"{name} is given twice; several values are written {name}=a,b")
        else:
            values[name] = [parse(name, part, kinds[name]) for part in text.split(",")]
    for chosen in itertools.product(*values.values()):
        yield dict(zip(values, chosen, strict=True))


def build(found: Any, options: dict[str, Any]) -> Workload:
    """A workload's value, with these options: of a Workload class, or round what is the user's own. Raises Usage."""
    if is_workload(found):
        try:
            value: Workload = found(**{k: tuple(v) if isinstance(v, list) else v for k, v in options.items()})
            return value
        except ValueError as wrong:
            raise Usage(str(wrong)) from None
    chosen = {name: one.default for name, one in options_known(found).items()} | options
    kind = owned.Paired if isinstance(found, owned.Pair) else owned.Owned if owned.is_owned(found) else Function
    return kind(found, chosen)


def options_of(value: Workload) -> dict[str, Any]:
    """A workload's options and their values, without a server's where it is none, and without those that came later and
    are as if there were none."""
    if isinstance(value, Function):
        return {name: shown(one) for name, one in value.options.items()}
    fields = {field.name: field.metadata for field in dataclasses.fields(value)}
    names = [name for name in option_types(type(value)) if value.serves() or not fields[name].get("server_only")]
    said = {name: shown(getattr(value, name)) for name in names}
    return {name: one for name, one in said.items() if LATER not in fields[name] or fields[name][LATER] != one}


def shown(value: Any) -> Any:
    """A value as JSON has it."""
    return list(value) if isinstance(value, tuple) else value
