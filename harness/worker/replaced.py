"""What of the libraries was replaced by somebody else's: the user's mocks, wrappers and adapters.

It is told by where a callable was written, so that nothing has to be kept meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from types import FunctionType, MethodType, ModuleType
from typing import Any

from harness.worker import causes
from harness.worker.roots import is_installed

MOCKS = "unittest.mock"
OURS = "harness."
PLAIN = frozenset((type(None), bool, int, float, str, bytes, tuple, list, dict, set, frozenset, ModuleType))


def found() -> dict[str, Any]:
    """What stands in a library's module, or in a class of it, and was written elsewhere; by name."""
    return {name: value for module in libraries() for name, value in within(module)}


def libraries() -> Iterator[ModuleType]:
    """The modules of the standard library, and those that are installed: each once."""
    seen = set()
    for module in list(sys.modules.values()):
        if type(module) is ModuleType and id(module) not in seen and module.__name__ != "__main__":
            seen.add(id(module))
            if is_standard(module.__name__) or is_installed(getattr(module, "__file__", None) or "<none>"):
                yield module


def within(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """What in a module, and in its classes, was written elsewhere."""
    own, standard = vars(module), is_standard(module.__name__)
    for name, value in list(own.items()):
        if type(value) in PLAIN or (type(value) is FunctionType and value.__globals__ is own):
            continue
        if is_foreign(value, standard and name[:1] != "_"):  # typing_extensions puts its own into typing
            yield f"{module.__name__}.{name}", value
        elif type(value) is type and value.__module__ == module.__name__:
            for inner, method in list(vars(value).items()):
                if type(method) is FunctionType and method.__globals__ is not own and is_foreign(method, standard):
                    yield f"{module.__name__}.{name}.{inner}", method


def is_foreign(value: Any, standard: bool) -> bool:
    """Whether it was written outside of the libraries; outside of the standard one, in what is of that."""
    while type(value) in (partial, MethodType):
        value = value.func if type(value) is partial else value.__func__
    if type(value) is FunctionType:
        return is_foreign_code(value, standard)
    kind = value if isinstance(value, type) else type(value)
    module = str(kind.__module__)
    if module == MOCKS or not standard:  # a mock has a class of its own
        return module == MOCKS and kind is not value and kind.__name__.endswith("Mock")
    return callable(value) and not (is_standard(module) or module.startswith(OURS))


def is_foreign_code(function: FunctionType, standard: bool) -> bool:
    """The same of a function, by its code: what wraps another has taken that one's name and module."""
    if is_standard(str(function.__globals__.get("__name__"))):
        return False
    file = function.__code__.co_filename
    return not (file.startswith("<") or (is_installed(file) and not standard) or causes.is_ours(file))


def is_standard(module: str) -> bool:
    """Whether a module is of the standard library, by its name."""
    return module.partition(".")[0] in sys.stdlib_module_names
