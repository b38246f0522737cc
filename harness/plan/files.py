"""What a user types to name something in a Python file: `file.py:name`, pytest's `file.py::name`, and what is near it.

Nothing is imported: what a file has is read from its source."""

from __future__ import annotations

import ast
import difflib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from harness.errors import HarnessError

MOST = 12
"""Names that a message lists."""


class Named(NamedTuple):
    """A file and what is named in it: nothing, if only the file was."""

    place: str
    name: str


def split(wanted: str) -> Named | None:
    """The file and the name of `file.py:name`, of `file.py::Class::name`, or of `file.py`; None for what is neither."""
    found = re.fullmatch(r"(.+\.py)(?:::?([^:].*)?)?", wanted, re.DOTALL)
    return Named(found[1], (found[2] or "").replace("::", ".")) if found else None


def parted(words: str, folder: Path = Path()) -> list[str]:
    """What stands between commas; one within the name of a file that is there, in a folder, is part of it."""
    parts, found = words.split(","), []
    while parts:
        joined = (number for number in range(len(parts), 1, -1) if _is_there(",".join(parts[:number]), folder))
        taken = next(joined, 1)
        found.append(",".join(parts[:taken]))
        del parts[:taken]
    return found


def _is_there(word: str, folder: Path) -> bool:
    named = split(word)
    return (
        named is not None
        and "," in named.place
        and "," not in named.name
        and (folder / Path(named.place).expanduser()).is_file()
    )


def target(kind: str, wanted: str, folder: Path = Path()) -> tuple[str, str] | None:
    """The name and target of something in a file; None where no file is meant. Raises HarnessError."""
    if re.match(r"https?://", wanted):
        raise HarnessError(f"{kind} {wanted}: a URL is an option of the workload http: -W http -P url={wanted}")
    named = split(wanted)
    if named is None:
        _refuse_other_files(kind, wanted, folder)
        return None
    path = folder / Path(named.place).expanduser()
    if not path.is_file():
        raise HarnessError(f"{kind} {wanted}: {_absent(path, named.place if folder == Path() else str(path))}")
    if not named.name:
        raise HarnessError(f"{kind} {wanted}: which {_sort(kind)} of it? {_has(path, named.place)}")
    if not all(part.isidentifier() for part in re.split(r"[.+]", named.name)):
        raise HarnessError(f"{kind} {wanted}: {named.name!r} is no name in a file. {_has(path, named.place)}")
    return f"{named.place}:{named.name}", f"{placed(path)}:{named.name}"


def placed(path: str | Path) -> str:
    """A path from the root, with `..` as the file system understands it. Links in it stay: in another version of the
    folder they may lead elsewhere."""
    parts = Path(path).absolute().parts
    up = max((number + 1 for number, part in enumerate(parts) if part == ".."), default=0)
    return os.path.join(os.path.realpath(os.path.join(*parts[:up])) if up else "", *parts[up:])


def hint(target: str, said: str) -> str:
    """What to add where a file lacks a name: those near it, or all that it has; nothing for other failures."""
    named = split(target)
    if named is None or not said.endswith(f" has no {named.name}"):
        return ""
    names = list(names_in(Path(named.place)))
    near = difflib.get_close_matches(named.name, names, 3)
    if near:
        return f": did you mean {' or '.join(near)}?"
    return f"; it has {_listed(names)}" if names else ""


def names_in(path: Path) -> Iterator[str]:
    """The functions and classes at the top of a file, and the methods; nothing where it is no Python."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in _top(tree):
        yield node.name
        if isinstance(node, ast.ClassDef):
            inner = [one.name for one in _top(node) if not isinstance(one, ast.ClassDef)]
            yield from (f"{node.name}.{name}" for name in inner if not name.startswith("_"))


def _top(tree: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


def _has(path: Path, place: str) -> str:
    names = [name for name in names_in(path) if not name.startswith("_")]
    if not names:
        return "No function or class was found in it"
    usual = next((name for name in names if "." not in name and not name[0].isupper()), names[0])
    return f"It has {_listed(names)}: {place}:{usual}"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:MOST]) + (f" and {len(names) - MOST} more" if len(names) > MOST else "")


def _sort(kind: str) -> str:
    return "class" if kind == "strategy" else "function"


def _absent(path: Path, place: str) -> str:
    """What is not there, and what has a name like it."""
    if path.is_dir():
        return f"{place} is a folder"
    if not path.parent.is_dir():
        return f"there is no file {place}, nor its folder"
    near = difflib.get_close_matches(path.name, [one.name for one in path.parent.glob("*.py")], 1)
    return f"there is no file {place}" + (f": did you mean {Path(place).with_name(near[0])}?" if near else "")


def _refuse_other_files(kind: str, wanted: str, folder: Path) -> None:
    """Raise HarnessError where a path was typed that does not end in .py."""
    place, _, name = wanted.rpartition(":")
    place = (place or name).rstrip(":")
    if "/" not in place:
        return
    path = folder / Path(place).expanduser()
    if path.name and path.with_name(f"{path.name}.py").is_file():
        raise HarnessError(
            f"{kind} {wanted}: a file is named with its ending, {place}.py:{name if place != name else ''}"
        )
    if path.is_file():
        raise HarnessError(f"{kind} {wanted}: a file of Python's has a name that ends in .py, {place} does not")
    if path.is_dir():
        files = sorted(one.name for one in path.glob("*.py"))
        raise HarnessError(f"{kind} {wanted}: {place} is a folder" + (f"; it has {_listed(files)}" if files else ""))
    raise HarnessError(f"{kind} {wanted}: there is no file {place}, nor {place}.py; a module is named with dots")
