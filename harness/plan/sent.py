"""A call that no worker can import, as a file that one can: lambdas, closures, methods of an object, arguments.

What lies at the top of a file goes by reference (its file and its name); the code of other functions as it is, with
what they closed over at the moment of the call. cloudpickle, where it is installed, adds what plain pickle cannot
(classes within a function)."""

from __future__ import annotations

import ast
import io
import marshal
import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import CellType, CodeType, FunctionType, MappingProxyType, ModuleType
from typing import Any

from harness.errors import HarnessError
from harness.plan.calls import Call, title
from harness.plan.files import placed
from harness.plan.objects import is_at
from harness.process.paths import installed
from harness.workloads.signature import underlying

FILE, PICKLE = "harness_sent.py", "harness_sent.pickle"
TEXT = "from harness.worker.sent import received\n\ntask = received(__file__)\n"
HAS_CLOUDPICKLE = find_spec("cloudpickle") is not None
REWRITTEN = "@py"
"""How names begin that pytest puts into the code of an assert."""
if HAS_CLOUDPICKLE:
    from cloudpickle import Pickler
else:
    from pickle import Pickler


def written(call: Call, folder: Path) -> str:
    """The target of a file that calls it. Raises HarnessError where something of it cannot reach a worker."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PICKLE).write_bytes(pickled(call))
    (folder / FILE).write_text(TEXT)
    return f"{placed(folder / FILE)}:task"


def pickled(call: Call) -> bytes:
    """A call as `harness.worker.sent` reads it. Raises HarnessError."""
    text = io.BytesIO()
    state = [(_reference(module), names) for module, names in _data(call.function)]
    try:
        Sending(text, protocol=5).dump((tuple(call), state))
    except HarnessError:
        raise
    except Exception as wrong:  # whatever the objects raise
        why = " ".join(str(wrong).split()) or type(wrong).__name__
        more = " or install cloudpickle," if "<locals>" in why and not HAS_CLOUDPICKLE else ""
        raise HarnessError(
            f"{title(call.function)} cannot be sent to workers: {why}:{more} make that within the function"
        ) from None
    return text.getvalue()


class Sending(Pickler):  # type: ignore[misc]
    """Writes down what `harness.worker.sent` makes again."""

    def persistent_id(self, thing: Any) -> Any:
        """What goes by reference: a module, its names, and a function or class at the top of a file."""
        if thing is FunctionType or thing is CellType:
            return "type", "", "FunctionType" if thing is FunctionType else "CellType"
        if isinstance(thing, ModuleType):
            return _reference(thing)
        if isinstance(thing, FunctionType | type) and _is_the_users(thing):
            return "part", *_reference(sys.modules[thing.__module__])[1:2], thing.__qualname__
        if type(thing) is dict and isinstance(name := thing.get("__name__"), str):
            module = sys.modules.get(name)
            return ("names", *_reference(module)[1:]) if module and vars(module) is thing else None
        return None

    def reducer_override(self, thing: Any) -> Any:
        """How functions within functions are made again."""
        if isinstance(thing, CodeType):
            return marshal.loads, (marshal.dumps(thing),)
        if isinstance(thing, CellType):
            return CellType, (), (None, _contents(thing))
        if isinstance(thing, FunctionType) and not is_at(thing, str(thing.__module__), thing.__qualname__):
            return _function(thing)
        return super().reducer_override(thing) if HAS_CLOUDPICKLE else NotImplemented


def _function(thing: FunctionType) -> Any:
    noted = {name: hint if isinstance(hint, str) else _named(hint) for name, hint in thing.__annotations__.items()}
    more = {"__kwdefaults__": thing.__kwdefaults__, "__annotations__": noted, "__module__": thing.__module__}
    more["__qualname__"] = thing.__qualname__
    made = (_plain(thing), thing.__globals__, thing.__name__, thing.__defaults__, thing.__closure__)
    return FunctionType, made, (dict(vars(thing)) or None, more)


def _contents(cell: CellType) -> dict[str, Any]:
    try:
        return {"cell_contents": cell.cell_contents}
    except ValueError:  # empty yet
        return {}


def _named(hint: Any) -> str:
    return getattr(hint, "__name__", str(hint))


def _reference(module: ModuleType) -> tuple[str, str, str]:
    """A module by its file, where that is the user's, else by its name."""
    file = getattr(module, "__file__", None)
    if isinstance(file, str) and file.endswith(".py") and not installed(os.path.realpath(file)):
        return "module", placed(file), ""
    return "module", module.__name__, ""


def _is_the_users(thing: Any) -> bool:
    """Whether it is at the top of a file that is no library's: workers may know that by another name."""
    module = sys.modules.get(str(thing.__module__))
    return module is not None and is_at(thing, module.__name__, thing.__qualname__) and _is_file(module)


def _is_file(module: ModuleType) -> bool:
    return _reference(module)[1].endswith(".py")


def _plain(thing: FunctionType) -> CodeType:
    """Its code, as it is in the file where pytest has rewritten its asserts. Raises HarnessError."""
    code = thing.__code__
    if not any(name.startswith(REWRITTEN) for one in _codes(code) for name in (*one.co_names, *one.co_varnames)):
        return code
    whole = compile(Path(code.co_filename).read_bytes(), code.co_filename, "exec", dont_inherit=True)
    alike = [
        one for one in _codes(whole)
        if (one.co_qualname, one.co_firstlineno, one.co_freevars)
        == (code.co_qualname, code.co_firstlineno, code.co_freevars)
    ]  # fmt: skip
    if len(alike) != 1:
        raise HarnessError(f"{title(thing)}: its source is not to be had: put it at the top of its module")
    return alike[0]


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A code and those within it."""
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _codes(one)


def _data(function: Any) -> Iterator[tuple[ModuleType, dict[str, Any]]]:
    """The plain data of the user's modules that it uses, as it is now: a test may have changed it since the import."""
    found: dict[str, dict[str, Any]] = {}
    ahead, seen = [underlying(function)], set()
    while ahead:
        one = ahead.pop()
        module = sys.modules.get(str(getattr(one, "__module__", None)))
        if not isinstance(one, FunctionType) or one in seen or module is None or not _is_file(module):
            continue
        seen.add(one)
        ahead += [value for cell in one.__closure__ or () for value in _contents(cell).values()]
        for name in {name for code in _codes(one.__code__) for name in code.co_names} & one.__globals__.keys():
            value = one.__globals__[name]
            ahead.append(value)
            if vars(module) is one.__globals__ and is_data(value) and not name.startswith("__"):
                found.setdefault(module.__name__, {})[name] = value
    yield from ((sys.modules[name], names) for name, names in found.items())


def is_data(value: Any, depth: int = 20) -> bool:
    """Whether it is numbers and text, or tuples, lists, sets and dicts of them."""
    if type(value) in (type(None), bool, int, float, complex, str, bytes):
        return True
    if type(value) is dict:
        value = [*value, *value.values()]
    inner = type(value) in (tuple, list, set, frozenset)
    return inner and depth > 0 and all(is_data(one, depth - 1) for one in value)


def unchanged(function: FunctionType) -> bool:
    """Whether the plain data that it uses is as the files say: then workers may import it."""
    return all(
        _says(module).get(name, value) == value for module, names in _data(function) for name, value in names.items()
    )


def _says(module: ModuleType) -> MappingProxyType[str, Any]:
    """The plain data that a module's file assigns, each once, at its top."""
    found: dict[str, list[Any]] = {}
    for node in ast.parse(Path(str(module.__file__)).read_bytes()).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(_literal(node.value))
    return MappingProxyType(
        {name: values[0] for name, values in found.items() if len(values) == 1 and values[0] is not ...}
    )


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, SyntaxError, TypeError):
        return ...
