"""Whose line a frame is at: the nearest of the user's, and what that line called."""

from __future__ import annotations

import dis
import functools
import itertools
import os
import sys
from collections.abc import Iterable
from types import CodeType, FrameType, FunctionType, MethodType
from typing import Any, NamedTuple

from harness.worker import stacks
from harness.worker.causes import FOLDERS, is_ours, is_theirs

WORKLOADS = FOLDERS[2]
HERE = os.path.dirname(__file__)
IMPORTING = "<module>"
RENAMED = {
    "posix": "os", "_socket": "socket", "_io": "io", "_thread": "threading", "_queue": "queue", "_sqlite3": "sqlite3",
    "_hashlib": "hashlib", "_ssl": "ssl", "_json": "json", "_bz2": "bz2", "_lzma": "lzma", "_pickle": "pickle",
    "_struct": "struct", "_csv": "csv", "_operator": "operator", "_functools": "functools", "_asyncio": "asyncio",
    "_posixsubprocess": "subprocess", "_imp": "importlib", "_abc": "abc",
}  # fmt: skip
"""What people call the modules in C."""


LOOPS, USERS, OURS = 3, 2, -1
TURNS = {"asyncio": ("_run_once", "/asyncio/base_events.py"), "trio": ("unrolled_run", "/trio/_core/_run.py")}
"""What takes turns under a loop: whoever has called it waits for all tasks, and works for none."""


WORK = ("CALL", "BEFORE_WITH", "BINARY_OP", "COMPARE_OP", "CONTAINS_OP", "FOR_ITER", "IMPORT_NAME", "LIST_EXTEND",
        "SET_UPDATE", "DICT_UPDATE")  # fmt: skip
"""Instructions that code in C may be called by."""


class At(NamedTuple):
    """A frame of the user's, and the function that its line has called, if that is none of the user's."""

    frame: FrameType
    callee: FrameType | None


class Whose:
    """Says of a frame which line of the user's it works for. The files of `also` are the user's as well; a loop that is
    none of `loops` is one that a task runs."""

    def __init__(self, also: frozenset[str], loops: Iterable[str] = TURNS) -> None:
        self._also, self._known = also, dict[CodeType, int]()
        self._turns = dict(TURNS[loop] for loop in loops if loop in TURNS)

    def line(self, frame: FrameType | None) -> At | None:
        """The nearest frame of the user's; of one of our own workloads where there is none. What an import runs is
        charged to the line that imports."""
        below, fallback, known = None, None, self._known
        while frame is not None:
            rank = known.get(frame.f_code)
            if rank is None:
                rank = self._of(frame.f_code)
            if rank == USERS:
                return At(frame, below)
            if rank == LOOPS:
                return fallback
            if rank == OURS:  # which looks, and works for no line
                frame = frame.f_back
                continue
            if rank == 1 and fallback is None:
                fallback = At(frame, below)
            below, frame = frame, frame.f_back
        return fallback

    def root(self, frame: FrameType | None) -> FrameType | None:
        """The outermost frame of the user's that a loop has called: it stands for a step of a task."""
        found = None
        while frame is not None and (rank := self._known.get(frame.f_code)) != LOOPS:
            found, frame = frame if rank == USERS else found, frame.f_back
        return found

    def has(self, frame: FrameType) -> bool:
        """Whether a frame is of a function of the user's."""
        return self._of(frame.f_code) == USERS

    def looks(self, frame: FrameType) -> bool:
        """Whether a frame is of what looks into the others."""
        return self._of(frame.f_code) == OURS

    def _of(self, code: CodeType) -> int:
        rank = self._known.get(code)
        if rank is None:
            rank = self._known[code] = self._rank(code)
        return rank

    def _rank(self, code: CodeType) -> int:
        """3 of a loop's turn, 2 of the user's functions, 1 of our own workloads and of modules that the user's code
        imports, -1 of what looks into them, else 0."""
        file = code.co_filename
        if os.path.dirname(file) == HERE or file == stacks.__file__:
            return OURS
        if (place := self._turns.get(code.co_name)) and file.endswith(place):
            return LOOPS
        theirs = is_theirs(file) or file in self._also
        if theirs:
            return 1 if code.co_name == IMPORTING else USERS
        return int(is_ours(file) and os.path.realpath(file).startswith(f"{WORKLOADS}/"))


@functools.lru_cache(1000)
def loop_line(code: CodeType, line: int) -> int:
    """The line where code in Python most likely computed before it came to a line without any event: in the body of the
    nearest loop above; that line itself where there is none."""
    found, lines = line, {one.offset: one.positions.lineno or 0 for one in dis.get_instructions(code) if one.positions}
    for one in dis.get_instructions(code):
        if one.opname.startswith("JUMP_BACKWARD") and one.argval is not None:
            head = lines.get(one.argval, 0)
            body = [at for offset, at in lines.items() if one.argval < offset <= one.offset and head < at <= line]
            if body and (found == line or max(body) >= found):
                found = max(body)
    return found


@functools.lru_cache(1000)
def worked_line(code: CodeType, offset: int, ahead: bool) -> int | None:
    """The line of what may have taken long last, where nobody heard of it and a thread is at an instruction by now:
    that one is still to come (`ahead`), or over. A call that only made what is awaited takes no time."""
    every = list(dis.get_instructions(code))
    until = sum(one.offset <= offset for one in every) - ahead
    worked = [
        one.positions.lineno
        for one, then in itertools.pairwise(every[: until + 1])
        if one.opname.startswith(WORK) and one.positions and then.opname != "GET_AWAITABLE"
    ]
    return worked[-1] if worked else None


def of_code(frame: FrameType) -> str:
    """A Python function as people call it."""
    module = frame.f_globals.get("__name__") or "?"
    return f"{module}.{frame.f_code.co_qualname}"


def of_callable(function: Any) -> str:
    """A function in C as people call it."""
    owner = getattr(function, "__self__", None)
    qualname = str(getattr(function, "__qualname__", None) or type(function).__name__)
    module = getattr(function, "__module__", None)
    if not isinstance(module, str):
        kind = getattr(function, "__objclass__", None) or (owner if isinstance(owner, type) else type(owner))
        module = getattr(kind, "__module__", "") if owner is not None or hasattr(function, "__objclass__") else ""
    module = RENAMED.get(module, module)
    if module == "threading" and qualname.startswith(("lock.", "RLock.")):
        qualname = qualname.replace("lock.", "Lock.", 1)
    return f"{module}.{qualname}" if module and module != "builtins" else qualname


def lets_go(function: str | None) -> bool:
    """Whether a function in C, by its name, lets go of the GIL where it waits: the standard library's do."""
    module = (function or "").partition(".")[0]
    return module in sys.stdlib_module_names and module != "ctypes"


def is_python(function: Any) -> bool:
    """Whether calling it runs Python at once: no return from C is told of it."""
    return type(function) is FunctionType or (type(function) is MethodType and type(function.__func__) is FunctionType)
