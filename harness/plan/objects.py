"""Functions and classes that were passed as workloads and strategies: where a worker finds them.

Workers import, nothing is pickled: what is in a file is named by it, and what was typed into a notebook is written to
a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from numbers import Real
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.errors import HarnessError
from harness.plan.files import placed
from harness.plan.notebook import function_of, written
from harness.plan.request import Target


def found(thing: Any, known: dict[str, str], folder: Callable[[], Path]) -> str | Target:
    """A name as it is; where a function or class is: a `known` one by its name, others by their file. Those of a
    notebook are written to a folder, which is made for them. Raises HarnessError where no worker can import it."""
    if isinstance(thing, str | Target):
        return thing
    qualname, module = getattr(thing, "__qualname__", None), str(getattr(thing, "__module__", None))
    if not isinstance(qualname, str):
        raise HarnessError(f"{thing!r} is neither a name nor a function or class at the top of a module")
    if "<lambda>" in qualname:
        raise HarnessError("a lambda has no name by which workers could import it: write it as a def")
    if "<locals>" in qualname:
        raise HarnessError(f"{qualname} must be at the top of its module, not within a function: workers import it")
    if not isinstance(getattr(thing, "__self__", None), type | ModuleType | None):
        raise HarnessError(
            f"{qualname} of an object has a state that workers do not have: pass {qualname} of the class, of which "
            "each makes an object, or a function that makes it"
        )
    target = f"{module}:{qualname}"
    if not is_at(thing, module, qualname):
        function = function_of(thing)
        if function is not None and os.path.isfile(function.__code__.co_filename):
            return in_file(function.__code__.co_filename, qualname)
        return Target(f"notebook:{qualname}", f"{written(thing, folder())}:{qualname}")
    if (name := next((name for name, value in known.items() if value == target), None)) is not None:
        return name
    file = str(getattr(sys.modules[module], "__file__", None))
    if not file.endswith(".py"):
        return Target(target, target)
    return in_file(file, qualname)


def in_file(file: str, qualname: str) -> Target:
    """The target of what a file has."""
    return Target(f"{shown(file)}:{qualname}", f"{placed(file)}:{qualname}")


def is_at(thing: Any, module: str, qualname: str) -> bool:
    """Whether it is what a module, which others can import, has by this name."""
    place: Any = sys.modules.get(module)
    if module == "__main__" and not os.path.isfile(str(getattr(place, "__file__", None))):
        return False
    for name in qualname.split("."):
        place = getattr(place, name, None)
    return place is thing


def shown(file: str) -> str:
    """A path as one would type it: from the current folder, where it lies in there."""
    near = os.path.relpath(file)
    return os.path.realpath(file) if near.startswith("..") else f"./{near}"


def settings(options: Any) -> tuple[str, ...]:
    """Options as `-P` takes them: a list is several values, each of which makes a group; a tuple is an option that is
    given several times. Text that is written so already stays. Raises HarnessError for what cannot be."""
    if options is None:
        return ()
    if not hasattr(options, "items"):
        return tuple(options)
    return tuple(f"{name}={text}" for name, value in options.items() for text in _texts(name, value))


def _texts(name: str, value: Any) -> Iterable[str]:
    if isinstance(value, tuple):
        return [_text(name, one) for one in value]
    texts = [_text(name, one) for one in (value if isinstance(value, list) else [value])]
    if any("," in text for text in texts):
        raise HarnessError(f"options: {name} is {value!r}: a comma stands between values, which are a list here")
    return [",".join(texts)]


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str | Real):
        raise HarnessError(f"options: {name} is {value!r}: write text, a number, True or False, or a list of them")
    return str(value)
