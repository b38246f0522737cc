"""A function or class of a notebook (or of any session without a file) as a file of its own: its source, and what it
uses of the session: imports, constants, other functions and classes."""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
import symtable
import sys
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from harness.errors import HarnessError

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
MISSING = object()
FUTURE = "from __future__ import annotations"


def written(thing: Any, folder: Path) -> Path:
    """The file that it was written to. Raises HarnessError where its source, or something that it uses, is not to be
    had."""
    name = thing.__qualname__.partition(".")[0]
    function = function_of(thing)
    whole = function.__globals__.get(name, thing) if function else thing
    session = Session(name)
    session.add(name, whole)
    path = folder / f"notebook_{name}.py"  # not a bare name, which may be a library's
    path.write_text("\n".join([*session.imports, *session.lines]) + "\n")
    return path


class Session:
    """What one definition takes with it."""

    def __init__(self, of: str) -> None:
        self._of = of
        self._seen: set[str] = set()
        self.imports: list[str] = []
        self.lines: list[str] = []

    def add(self, name: str, value: Any) -> None:
        """Take a name, after all that it uses. Raises HarnessError."""
        if name in self._seen:
            return
        self._seen.add(name)
        if isinstance(value, ModuleType):
            self.imports.append(f"import {value.__name__} as {name}")
        elif (place := _importable(name, value)) is not None:
            self.imports.append(place)
        elif (function := function_of(value)) is not None:
            self._define(name, value, function)
        elif _is_literal(value):
            self.lines.append(f"{name} = {value!r}")
        else:
            raise HarnessError(
                f"{self._of} uses {name}, of type {type(value).__name__}, which cannot be written down for workers: "
                "make it within the function, or put both into a .py file"
            )

    def _define(self, name: str, value: Any, function: FunctionType) -> None:
        text = source(value)
        if function.__code__.co_flags & annotations.compiler_flag and FUTURE not in self.imports:
            self.imports.insert(0, FUTURE)
        for used in sorted(global_names(text) & function.__globals__.keys()):
            if not _is_builtin(used, function.__globals__[used]):
                self.add(used, function.__globals__[used])
        self.imports += (f"import {module}" for module in _submodules(text, function.__globals__))
        self.lines.append(text)
        if value.__name__ != name:
            self.lines.append(f"{name} = {value.__name__}")


def source(thing: Any) -> str:
    """The text of a definition, with its decorators. Raises HarnessError."""
    function = function_of(thing)
    if function is None:
        raise HarnessError(f"{thing!r} has no source: put it into a .py file")
    if function.__code__.co_freevars and not isinstance(thing, type):
        raise HarnessError(f"{thing.__qualname__} uses local variables of another function: put it into a .py file")
    lines = linecache.getlines(function.__code__.co_filename)
    for one in _definitions("".join(lines)):
        first = min([one.lineno, *(decorator.lineno for decorator in one.decorator_list)])
        last = one.end_lineno or first
        if one.name == thing.__name__ and first <= function.__code__.co_firstlineno <= last:
            return "".join(lines[first - 1 : last]).rstrip("\n")
    raise HarnessError(f"the source of {thing.__qualname__} is not to be had: put it into a .py file")


def _definitions(text: str) -> list[Definition]:
    """Those at the top of a text; none where it cannot be read."""
    try:
        return [one for one in ast.parse(text).body if isinstance(one, Definition)]
    except SyntaxError:
        return []


def global_names(text: str) -> set[str]:
    """The names that a definition takes from its module: in its body, decorators, defaults and annotations."""
    return _looked_up(symtable.symtable(text, "notebook", "exec"))


def _looked_up(table: symtable.SymbolTable) -> set[str]:
    top = table.get_type() == "module"
    names = {one.get_name() for one in table.get_symbols() if one.is_referenced() and (top or one.is_global())}
    return names.union(*(_looked_up(child) for child in table.get_children()))


def _submodules(text: str, names: dict[str, Any]) -> list[str]:
    """The modules that attributes name: `urllib.request.urlopen` needs more than urllib."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        place, *attributes = ast.unparse(node).split(".") if isinstance(node, ast.Attribute) else ["", ""]
        module = names.get(place)
        if isinstance(module, ModuleType) and (dotted := f"{module.__name__}.{'.'.join(attributes)}") in sys.modules:
            found.add(dotted)
    return sorted(found)


def _importable(name: str, value: Any) -> str | None:
    """How it is imported, where a module other than the session has it."""
    module = getattr(value, "__module__", None)
    place = sys.modules.get(module) if isinstance(module, str) and module != "__main__" else None
    for own in (getattr(value, "__name__", None), name):
        if place is not None and isinstance(own, str) and getattr(place, own, None) is value:
            return f"from {module} import {own} as {name}"
    return None


def function_of(thing: Any) -> FunctionType | None:
    """The function as it was written, under its decorators; of a class, one that was written in it."""
    if isinstance(thing, type):
        written = (
            function_of(getattr(one, "__func__", one)) for one in vars(thing).values() if not isinstance(one, type)
        )
        return next((one for one in written if one and linecache.getlines(one.__code__.co_filename)), None)
    plain = inspect.unwrap(thing) if callable(thing) else None
    return plain if isinstance(plain, FunctionType) else None


def _is_builtin(name: str, value: Any) -> bool:
    """Whether workers have it anyway; IPython wraps `open`."""
    return name.startswith("__") or getattr(value, "__wrapped__", value) is vars(builtins).get(name, MISSING)


def _is_literal(value: Any) -> bool:
    try:
        return bool(ast.literal_eval(repr(value)) == value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False
