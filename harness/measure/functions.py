"""Instructions of a task by the function that runs them: in Python by qemu-user, in C by callgrind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from harness.measure.count import Counting, counted, sizes_of
from harness.measure.counters import Tool
from harness.process import dumps
from harness.process.channel import Failure
from harness.record.plan import PlannedStrategy, Variant
from harness.worker.messages import Prepare, RoundKind

NOTHING = 1
"""The number of the function whose calls tell what an event costs (`worker/functions.py`)."""
OUR_WORKER = f"{dumps.PACKAGE}/worker/"


class Function(NamedTuple):
    """A function, and the file that it is in: as the user calls it, a library's from where libraries lie. One in C is
    in a shared library; a built-in one, seen from Python, is in no file."""

    name: str
    file: str


class Own(NamedTuple):
    """What a function itself runs in a task, on average; its first line, where that is known."""

    instructions: float
    line: int | None


Owners = dict[Function, Own]


def of_cell(used: Tool, strategy: PlannedStrategy, asked: Prepare, folder: Path) -> Counting[Owners]:
    """Instructions of one task of a cell by function. Raises Failure."""
    small, large = sizes_of(asked)
    kind: RoundKind = "attributed" if used.marks else "counted"
    path, done = yield from counted(used, strategy, asked, [large, small, large], folder, kind)
    try:
        if used.marks:
            return of_plugin(path.read_text(), done.functions, asked.tasks, strategy.variant)
        few, many = (of_callgrind(Path(f"{path}.{number}").read_text()) for number in (1, 2))
    except (OSError, ValueError) as error:
        raise Failure("failed", f"{used.name} told of no function: {error}") from None
    return {one: Own((many[one] - few[one]) / asked.tasks, None) for one in many}


def of_plugin(text: str, names: Sequence[Sequence[Any]], tasks: int, variant: Variant | None) -> Owners:
    """What the plug-in wrote at three marks, by what the worker says its numbers mean. Raises ValueError."""
    marks = [_owners(part) for part in text.split("total ")[1:]]
    if len(marks) != 3:
        raise ValueError(f"{len(marks)} marks of 3")
    first, second, third = marks
    count, times = third.get(NOTHING, (0, 1))
    if not times:
        raise ValueError("the plug-in counted no call of the empty function, which is what a call costs")
    cost = count / times
    found: dict[Function, Own] = {}
    for number, name, file, line in names:
        if file.startswith(OUR_WORKER) or number == NOTHING:
            continue
        ran, events = (
            third.get(number, (0, 0))[i] - 2 * second.get(number, (0, 0))[i] + first.get(number, (0, 0))[i]
            for i in (0, 1)
        )
        of = Function(name, shown(file, variant))
        before = found.get(of, Own(0.0, None)).instructions
        found[of] = Own(before + max(0.0, ran - events * cost) / tasks, line or None)
    return found


def _owners(part: str) -> dict[int, tuple[int, int]]:
    lines = (line.split() for line in part.splitlines() if line.startswith("own "))
    return {int(number): (int(count), int(times)) for _, number, count, times in lines}


def shown(file: str, variant: Variant | None = None) -> str:
    """A file by its path within the tree that it is of, or from where libraries lie."""
    root = (variant and variant.root) or str(Path.cwd())
    if file.startswith(f"{root}/") and not dumps.LIBRARY_FOLDER.search(file[len(root) :]):
        return file[len(root) + 1 :]
    return dumps.LIBRARY.sub("", file, count=1) if file.startswith("/") else file


NAMED = re.compile(r"(?:c?(fn|fl|fi|fe|ob)|(cfi|cfl))=\((\d+)\)(?: (.*))?")


def of_callgrind(text: str) -> Counter[Function]:
    """What functions ran themselves, in a file of callgrind (its format 1, one event). Raises ValueError where there
    is nothing in it."""
    names: dict[tuple[str, str], str] = {}
    found: Counter[Function] = Counter()
    library = function = ""
    inclusive = False
    for line in text.splitlines():
        if named := NAMED.fullmatch(line):
            kind, number = named[1] or "fl", named[3]
            name = names.setdefault((kind, number), named[4] or "")
            if line.startswith("ob="):
                library = name
            elif line.startswith("fn="):
                function = name
        elif line.startswith("calls="):
            inclusive = True
        elif line[:1] in "+-*0123456789" and line:
            if not inclusive:
                found[Function(function.partition("'")[0], Path(library).name)] += int(line.split()[-1])
            inclusive = False
    if not found:
        raise ValueError("no function in what callgrind wrote")
    return found
