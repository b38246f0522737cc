"""What faulthandler (and `worker.stacks`, in the same words) printed of a child: where it stands. Pure."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import harness

PACKAGE = os.path.dirname(os.path.abspath(harness.__file__))
OURS = tuple({PACKAGE, *(os.path.realpath(os.path.join(PACKAGE, name)) for name in ("", "strategies", "workloads"))})
"""Where our own code lies: two of them may be links."""
FATAL = "Fatal Python error: "
END = "(end of the dump)"
LIBRARY = re.compile(r".*/(?:site-packages|dist-packages|lib(?:64)?/python3\.\d+)/|.*/(?=[^/]+/[^/]+$)")
LIBRARY_FOLDER = re.compile(r"/(site-packages|dist-packages|lib(64)?/python3\.\d+)/")
FRAME = re.compile(r'  File "(.*)", line (\d+) in (.*)')
ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")


TIMES = re.compile(r"\w+ x(\d+) ")
KINDS = ("Current", "Task", "Thread")
MOST_SAID, MOST_LETTERS = 3, 200
SIGNALS = ("Segmentation fault", "Aborted", "Bus error", "Floating-point exception", "Illegal instruction")
"""What faulthandler says of them."""


class Frame(NamedTuple):
    """A line of a dump."""

    file: str
    line: str
    function: str

    @property
    def is_ours(self) -> bool:
        """Whether it is of this program."""
        return self.file == "<string>" or any(self.file.startswith(f"{folder}/") for folder in OURS)

    @property
    def is_theirs(self) -> bool:
        """Whether it is in a file of the user's."""
        installed = LIBRARY_FOLDER.search(self.file)
        return self.file.startswith("/") and not installed and not self.is_ours

    @property
    def shown(self) -> str:
        """The user's as they call it; a library's from where libraries lie."""
        name = os.path.basename(self.file) if self.is_theirs else LIBRARY.sub("", self.file, count=1)
        return f"{name}:{self.line}"


class Stack(NamedTuple):
    """The frames of a thread or a task, the innermost first."""

    title: str
    frames: list[Frame]

    @property
    def times(self) -> int:
        """How many threads or tasks have it."""
        found = TIMES.match(self.title)
        return int(found[1]) if found else 1

    @property
    def place(self) -> str | None:
        """The user's innermost line, and the library's that it waits in."""
        theirs = next((frame for frame in self.frames if frame.is_theirs), None)
        if theirs is None:
            return None
        inside = self.frames[0]
        beside = f" (in {inside.shown})" if not (inside.is_theirs or inside.is_ours) else ""
        return f"{theirs.shown} in {theirs.function}{beside}"


def fatal(dump: str) -> str | None:
    """What Python says that it died of, where that is more than the signal."""
    first = dump.partition("\n")[0].strip()
    return first[:MOST_LETTERS] if first and first not in SIGNALS else None


def place(dump: str) -> str | None:
    """Where a process stands: in the user's code, if any thread or task is; in a library, if not; None where nothing
    is known."""
    if found := places(dump):
        return next(iter(found))
    stacks = [stack for stack in parsed(dump) if stack.frames]
    others = (frame for kind in KINDS for stack in stacks if stack.title.startswith(kind) for frame in stack.frames)
    last = next((frame for frame in others if not frame.is_ours and not frame.file.startswith("<")), None)
    return f"{last.shown} in {last.function}" if last else None


def places(dump: str) -> dict[str, int]:
    """Where threads and tasks are in the user's code, and how many: that of the current thread comes first, then
    where most tasks are, then where most other threads are."""
    stacks = [stack for stack in parsed(dump) if stack.place]
    if any(stack.title.startswith("Threads") for stack in stacks):  # all of them: faulthandler prints a hundred
        stacks = [stack for stack in stacks if not stack.title.startswith("Thread 0x")]
    found: dict[str, int] = {}
    for kind in KINDS:
        counts: Counter[str] = Counter()
        for stack in stacks:
            if stack.title.startswith(kind) and stack.place:
                counts[stack.place] += stack.times
        for at, count in counts.most_common():
            found[at] = found.get(at, 0) + count
    return found


def said(found: dict[str, int]) -> str:
    """Places as a reason has them: the first few, with their numbers where there are several."""
    if len(found) < 2:
        return "it was at " + "".join(found)
    first = ", ".join(f"{count:,} at {at}" for at, count in list(found.items())[:MOST_SAID])
    left = len(found) - MOST_SAID
    return f"tasks were {first}" + (f" and more at {left:,} other places" if left > 0 else "")


def parsed(dump: str) -> Iterator[Stack]:
    """The stacks of a dump."""
    stack = None
    for line in dump.splitlines():
        if line.endswith("(most recent call first):"):
            if stack:
                yield stack
            title = line.replace("Stack ", "Current ")  # of some versions
            stack = Stack(title, [])
        elif stack and (found := FRAME.fullmatch(line)):
            stack.frames.append(Frame(ESCAPE.sub(_unescaped, found[1]), found[2], found[3]))
    if stack:
        yield stack


def _unescaped(found: re.Match[str]) -> str:
    """A character that faulthandler does not print as it is."""
    return chr(int(next(filter(None, found.groups())), 16))
