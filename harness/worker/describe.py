"""Finds a strategy or workload by its target and says what it is, in a worker: the parent imports no plug-in.

A target is "module:name" or "/path/file.py:name"."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import importlib.util
import inspect
import itertools
import os
import sys
import typing
from collections.abc import Iterator
from typing import Any

from harness.strategies.base import AsyncStrategy, Strategy
from harness.workloads.base import Workload
from harness.workloads.function import Function, takes_io
from harness.workloads.serving import Serving


class Usage(Exception):
    """Raised when what was asked for makes no sense; the text says what exists."""


def load(target: str) -> Any:
    """Import what a target names. Raises Usage where there is no such name, and whatever the import raises."""
    place, _, name = target.rpartition(":")
    if place.endswith(".py"):
        sys.path.insert(0, os.path.dirname(place))  # as `python file.py` would: its neighbours can be imported
        stem = os.path.basename(place).removesuffix(".py")
        spec = importlib.util.spec_from_file_location(stem, place)
        if spec is None or spec.loader is None or not os.path.isfile(place):
            raise Usage(f"there is no Python file {place}")
        module = importlib.util.module_from_spec(spec)
        sys.modules[stem] = module
        spec.loader.exec_module(module)
    else:
        if os.getcwd() not in sys.path:
            sys.path.insert(0, os.getcwd())
        try:
            module = importlib.import_module(place)
        except ModuleNotFoundError as missing:
            if missing.name and f"{place}.".startswith(f"{missing.name}."):
                raise Usage(f"there is no module {place}") from None
            raise
    try:
        return getattr(module, name)
    except AttributeError:
        raise Usage(f"{place} has no {name}") from None


def option_types(workload: type[Workload]) -> dict[str, Any]:
    """The options of a workload: name to type."""
    hints = typing.get_type_hints(workload)
    return {field.name: hints[field.name] for field in dataclasses.fields(workload) if field.init}


def parse(name: str, text: str, kind: Any) -> Any:
    """An option's text as its type wants it. Raises Usage."""
    if typing.get_origin(kind) is typing.Literal:
        if text in (choices := typing.get_args(kind)):
            return text
        raise Usage(f"{name}={text}: it is one of {', '.join(choices)}")
    if kind is bool:
        if text.lower() in (words := {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}):
            return words[text.lower()]
        raise Usage(f"{name}={text}: it is true or false")
    try:
        return kind(text)
    except ValueError:
        word = {int: "a whole number", float: "a number"}.get(kind, kind.__name__)
        raise Usage(f"{name}={text}: it is {word}") from None


def combinations(workload: type[Workload], given: list[tuple[str, str]]) -> Iterator[dict[str, Any]]:
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
    """A workload's value: of a Workload class with these options, or round a plain function. Raises Usage."""
    if isinstance(found, type) and issubclass(found, Workload):
        try:
            return found(**{k: tuple(v) if isinstance(v, list) else v for k, v in options.items()})
        except ValueError as wrong:
            raise Usage(str(wrong)) from None
    if not callable(found):
        raise Usage(f"{found!r} is neither a function nor a Workload")
    try:
        takes_io(found)
    except (TypeError, ValueError) as wrong:
        raise Usage(str(wrong)) from None
    return Function(function=found)


def first_line(thing: Any) -> str:
    """The first line of a docstring."""
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def describe_strategy(message: dict[str, Any]) -> dict[str, Any]:
    """What a plan has to know of a strategy. Raises Usage where the target is none."""
    found = load(message["target"])
    if not (isinstance(found, type) and issubclass(found, Strategy | AsyncStrategy)):
        raise Usage(f"{message['target']} is neither a Strategy nor an AsyncStrategy")
    return {
        "summary": first_line(found),
        "prelude": found.prelude,
        "threads_per_task": found.threads_per_task,
        "loop": found.loop,
        "awaited": issubclass(found, AsyncStrategy),
    }


def describe_workload(message: dict[str, Any]) -> dict[str, Any]:
    """What a plan has to know of a workload, for each combination of the options given. Raises Usage."""
    found = load(message["target"])
    kind = found if isinstance(found, type) and issubclass(found, Workload) else Function
    cases = []
    for chosen in combinations(kind, [(name, text) for name, text in message["options"]]):
        value = build(found, chosen)
        cases.append(case(value, *value.sizes(message["tasks"], message["concurrency"])) | {"version": version(found)})
    usual = build(found, {})
    return {
        "summary": first_line(found),
        "known": {name: shown(getattr(usual, name)) for name in option_types(type(usual))},
        "cases": cases,
    }


def version(found: Any) -> str | None:
    """What changes with the source of the module that a workload is in; None where there is none."""
    try:
        path = inspect.getsourcefile(found)
    except TypeError:  # it is built in
        return None
    if path is None or not os.path.isfile(path):
        return None
    with open(path, "rb") as source:
        return hashlib.sha256(source.read()).hexdigest()[:12]


def options_of(value: Workload) -> dict[str, Any]:
    """A workload's options and their values, without a server's where it is none."""
    hidden = {field.name for field in dataclasses.fields(value) if field.metadata.get("server_only")}
    shown_ = [name for name in option_types(type(value)) if value.serves() or name not in hidden]
    return {name: getattr(value, name) for name in shown_}


def shown(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def case(value: Workload, tasks: int, concurrency: int) -> dict[str, Any]:
    """One combination of options, with the sizes that go with it."""
    return {
        "options": {name: shown(option) for name, option in options_of(value).items()},
        "tasks": tasks,
        "concurrency": concurrency,
        "floor_seconds": value.floor(tasks, concurrency),
        "sockets_per_task": value.sockets_per_task,
        "peer_module": value.peer_module if value.needs_peer() else None,
        "serves": value.serves(),
        "demand": dataclasses.asdict(value.demand()) if isinstance(value, Serving) and value.serves() else None,
    }
