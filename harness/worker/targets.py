"""Finds what a target names: "module:name" or "/path/file.py:name", where a name may be Class.method.

What is ours comes from where the parent's came from (see `process.child`). What is the user's is looked for where
whoever asked would find it, after ours has been imported, so that no file of theirs takes the place of a library of
ours. A file is imported under its package's name or its own, unless that is a library's already."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any

from harness.workloads.owned import Pair

OURS = __package__.partition(".")[0]
CONTRACT = 1
"""The version of the contracts of strategies and workloads that this program keeps."""


class Usage(Exception):
    """Raised when what was asked for makes no sense; the text says what exists."""


def is_ours(target: str) -> bool:
    """Whether a target is in our own package."""
    return target.startswith(f"{OURS}.")


def look_in(paths: Sequence[str]) -> None:
    """Have imports look into these folders first."""
    sys.path[:0] = [path for path in paths if path not in sys.path]


def load(target: str) -> Any:
    """Import what a target names. Raises Usage where there is no such name, and whatever the import raises."""
    place, _, name = target.rpartition(":")
    found: Any = of_file(place) if place.endswith(".py") else of_name(place)
    first, plus, second = name.partition("+")
    if not plus:
        return part_of(found, place, name)
    try:
        return Pair(part_of(found, place, first), part_of(found, place, second))
    except ValueError as wrong:
        raise Usage(f"{name}: {wrong}") from None


def part_of(found: Any, place: str, name: str) -> Any:
    """What a module has by a name, which may be Class.method. Raises Usage where it has none."""
    holder = None
    for part in name.split("."):
        try:
            holder, found = found, getattr(found, part)
        except AttributeError:
            raise Usage(f"{place} has no {name}") from None
    return bound(holder, name.rpartition(".")[2], found)


def check_contract(target: str, found: Any) -> None:
    """Raise Usage where something was written for another contract than ours."""
    if (version := getattr(found, "contract", CONTRACT)) != CONTRACT:
        raise Usage(f"{target} was written for version {version} of the contract, this program keeps {CONTRACT}")


def bound(holder: Any, name: str, found: Any) -> Any:
    """A method as it is called: of a class that is made without arguments, where it needs an instance. Raises Usage."""
    if not (inspect.isclass(holder) and inspect.isfunction(inspect.getattr_static(holder, name))):
        return found
    try:
        return getattr(holder(), name)
    except TypeError as wrong:
        raise Usage(f"{holder.__name__}.{name} needs an instance, and {holder.__name__}() is none: {wrong}") from None


def of_name(name: str) -> ModuleType:
    """A module by its name. Raises Usage where there is none."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if not (missing.name and f"{name}.".startswith(f"{missing.name}.")):
            raise
        top = sys.modules.get(name.partition(".")[0])
        hidden = f", and {top.__name__} is {top.__file__}" if top and getattr(top, "__file__", None) else ""
        by_file = f"; name your own by its file: ./{name.replace('.', '/')}.py" if is_ours(name) else ""
        raise Usage(f"there is no module {name}{hidden}{by_file}") from None


def of_file(path: str) -> ModuleType:
    """The module that a file is. Raises Usage where there is no such file."""
    if not os.path.isfile(path):
        raise Usage(f"there is no Python file {path}")
    path = os.path.realpath(path)
    folder, stem = os.path.split(path.removesuffix(".py"))
    if "." in stem:  # no name that a module can be imported by
        return of_its_own(path, folder, stem.replace(".", "_"))
    root, name = named(path)
    if taken(name.partition(".")[0], root):
        return of_its_own(path, root, name)
    look_in([root])  # as `python file.py` would: its neighbours can be imported
    return importlib.import_module(name)


def named(path: str) -> tuple[str, str]:
    """The folder from which a file can be imported, and its name there: that of its package, if it is in one."""
    folder, file = os.path.split(path)
    parts = [file.removesuffix(".py")]
    while os.path.isfile(os.path.join(folder, "__init__.py")) and os.path.basename(folder).isidentifier():
        folder, package = os.path.split(folder)
        parts.insert(0, package)
    return folder, ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def taken(name: str, root: str) -> bool:
    """Whether a top-level name means something else, so that a file under it would hide a library (or could not be
    found for it)."""
    if not name.isidentifier() or name in sys.stdlib_module_names:
        return True
    if loaded := sys.modules.get(name):
        return os.path.dirname(os.path.realpath(origin(loaded))) not in (root, os.path.join(root, name))
    return PathFinder.find_spec(name, [path for path in sys.path if os.path.realpath(path or ".") != root]) is not None


def origin(module: ModuleType) -> str:
    """The file, or the folder, that a module is of; nothing where it is of none."""
    found = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), "")
    return str(found)


def of_its_own(path: str, root: str, name: str) -> ModuleType:
    """A file under a name that nobody else has, and so the whole of the package that it may be in."""
    top, dot, rest = name.partition(".")
    alias = f"the_user_s_{top.replace('-', '_')}"
    start = os.path.join(root, top, "__init__.py") if dot else path
    look_in([root])
    if alias not in sys.modules:
        spec = importlib.util.spec_from_file_location(alias, start)
        assert spec
        assert spec.loader
        sys.modules[alias] = module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[alias]
            raise
    return importlib.import_module(alias + dot + rest)
