"""What an exception says in one line: what went wrong, and where. Pure, and cheap however long its text is."""

from __future__ import annotations

import functools
import linecache
import os
from collections.abc import Iterator, Sequence
from types import FrameType, TracebackType
from typing import NamedTuple

from harness.worker.roots import INSTALLED, INTERPRETER, is_installed, within

PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
FOLDERS = tuple(os.path.realpath(os.path.join(PACKAGE, name)) for name in ("", "strategies", "workloads"))
"""Where our own code lies: two of them may be links."""
LONGEST, SHORT = 500, 120
READ = 20_000
"""Characters of a text that are looked at."""
DEEPEST = 100
"""Causes of causes, and groups in groups, that are looked at."""
MOST_COUNTED = 10_000


CANCELLED = ("CancelledError", "Cancelled")
NO_CAUSES = (*CANCELLED, "_RemoteTraceback", "RemoteTraceback")
"""A TimeoutError is raised from the cancellation that it caused, a pool's errors from a text."""


class Step(NamedTuple):
    """A frame of a traceback: its file and line."""

    file: str
    line: int

    @property
    def is_theirs(self) -> bool:
        """Whether it is in a file of the user's."""
        return is_theirs(self.file)


def line(error: BaseException) -> str:
    """What went wrong and where: the leaf of a group, the end of a chain of causes with the kind that wraps it, the
    user's last line beside the library's; without a text the source line."""
    leaf, more = picked(error)
    chain = list(causes(leaf))
    place, source = located([*reversed(chain), error])
    return cleaned(said(chain, source)[:LONGEST])[:LONGEST] + cleaned(place + more)


def picked(error: BaseException) -> tuple[BaseException, str]:
    """The first exception of a group (of groups) that is no mere cancellation, and words on the others."""
    leaves = list(leaves_of(error))
    wanted = [one for one in leaves if type(one).__name__ not in CANCELLED] or leaves
    if len(leaves) < 2:
        return wanted[0], ""
    others = {type(one).__name__ for one in leaves if one is not wanted[0]}
    named = ", ".join(sorted(others)[:3]) + (", ..." if len(others) > 3 else "")
    counted = f"{len(leaves) - 1:,}" if len(leaves) < MOST_COUNTED else f"{MOST_COUNTED:,} or"
    return wanted[0], f" (and {counted} more: {named})"


def leaves_of(error: BaseException) -> Iterator[BaseException]:
    """The exceptions of a group that are none themselves (of any library's groups); of another exception, it."""
    waiting, seen, looked_at = [error], 0, 0
    while waiting and seen < MOST_COUNTED and looked_at < 10 * MOST_COUNTED:  # one may hold itself
        one = waiting.pop()
        looked_at += 1
        inner = members(one)
        waiting += reversed(inner)
        if not inner:
            seen += 1
            yield one


def members(error: BaseException) -> Sequence[BaseException]:
    """What a group holds; nothing for what is none."""
    try:
        inner = getattr(error, "exceptions", None)
    except Exception:  # whatever a property does
        return ()
    if not isinstance(inner, tuple | list) or not all(isinstance(one, BaseException) for one in inner):
        return ()
    return inner[:MOST_COUNTED]


def causes(error: BaseException) -> Iterator[BaseException]:
    """An exception, and what it was raised from: said by `from`, or because it holds the other as a value. (Another
    that was merely being handled is not what people mean.)"""
    seen: set[int] = set()
    step: BaseException | None = error
    while step is not None and id(step) not in seen and len(seen) < DEEPEST:
        seen.add(id(step))
        yield step
        step = cause_of(step)
        if step is not None and members(step):
            step = picked(step)[0]


def cause_of(error: BaseException) -> BaseException | None:
    """What an exception was raised from."""
    cause = error.__cause__
    if cause is None and not error.__suppress_context__:
        context = error.__context__
        holds = context is not None and any(one is context for one in error.args)
        cause = context if holds else None
    return None if type(cause).__name__ in NO_CAUSES else cause


def said(chain: Sequence[BaseException], source: str) -> str:
    """The kind and text of the outermost, and of the cause at the end, unless that is in the text anyhow."""
    outer, root = chain[0], chain[-1]
    text, end = text_of(outer), text_of(root)
    if outer is root:
        return titled(outer, text or source)
    if end and end in text:
        return titled(outer, text) if len(text) <= SHORT else f"{type(outer).__name__} <- {titled(root, end)}"
    return f"{titled(outer, text[:SHORT])} <- {titled(root, end or source)}"


def titled(error: BaseException, text: str) -> str:
    """A kind with its text."""
    name = type(error).__name__
    if name == "CancelledError":
        text = f"it was cancelled, {text}" if text else "it was cancelled"
    return f"{name}: {text[:LONGEST]}" if text else name


def text_of(error: BaseException) -> str:
    """The text of an exception on one line; of one that has none to give, why."""
    try:
        text = error.msg if isinstance(error, SyntaxError) and error.filename else str(error)
    except BaseException as broken:
        return f"(its text cannot be had: {type(broken).__name__})"
    return " ".join(text[:READ].split())


def located(errors: Sequence[BaseException]) -> tuple[str, str]:
    """Where the first of these that has a line of the user's was raised, and that line. Beside it is the library's line
    of the very first; alone, where no line of the user's took part."""
    paths = [list(steps_of(error)) for error in errors]
    theirs = next((own[-1] for path in paths if (own := [step for step in path if step.is_theirs])), None)
    outside = [step for step in paths[0] if not is_ours(step.file)] or next(filter(None, paths), [])
    last = outside[-1] if outside else None
    if theirs is None:
        return (f" at {shown(last)}", source_of(last)) if last else ("", "")
    beside = f" (in {shown(last)})" if last and not last.is_theirs and not is_ours(last.file) else ""
    return f" at {os.path.basename(theirs.file)}:{theirs.line}{beside}", source_of(theirs)


def steps_of(error: BaseException) -> Iterator[Step]:
    """Each frame of an exception with its line, from the outermost inwards; that of a text that is no Python last."""
    for frame, number in frames_of(error.__traceback__):
        yield Step(frame.f_code.co_filename, number)
    if isinstance(error, SyntaxError) and error.filename:
        yield Step(error.filename, error.lineno or 0)


def frames_of(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    """Each frame of a traceback with its line, but those of the import system."""
    while traceback is not None:
        if not frozen(traceback.tb_frame):
            yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


def frozen(frame: FrameType) -> bool:
    """Whether it is of the import system."""
    return frame.f_code.co_filename.startswith("<frozen")


def source_of(step: Step) -> str:
    """The line of the source, if it can be had."""
    try:
        return " ".join(linecache.getline(step.file, step.line)[:READ].split())[:SHORT]
    except Exception:  # whatever a patched library does
        return ""


def shown(step: Step) -> str:
    """A library's line: its path from where libraries lie, or the end of it."""
    folders = [f"/{name}/" for name in INSTALLED] + [f"{folder}/" for folder in INTERPRETER]
    cut = max((at + len(one) for one in folders if (at := step.file.rfind(one)) >= 0), default=0)
    path = step.file[cut:] if cut else "/".join(step.file.split("/")[-2:])
    return f"{path.lstrip('/')}:{step.line}"


@functools.lru_cache(4096)
def is_theirs(file: str) -> bool:
    """Whether a file is the user's. (What Cython has compiled has no path from the root.)"""
    return file.startswith("/") and not (is_ours(file) or is_installed(os.path.realpath(file)))


@functools.lru_cache(4096)  # it asks the file system, and is asked of every frame at every fork
def is_ours(file: str) -> bool:
    """Whether a file is part of this program."""
    return file == "<string>" or any(within(os.path.realpath(file), folder) for folder in FOLDERS)


def cleaned(text: str) -> str:
    """A text that a terminal shows as it is, and that can be written as UTF-8."""
    return "".join(one if one.isprintable() or one in "\n\t" else escaped(one) for one in text)


def escaped(one: str) -> str:
    """A character that cannot be printed, as Python writes it; half of one, that stands for a byte, as the byte."""
    if "\udc80" <= one <= "\udcff":
        return f"\\x{ord(one) - 0xDC00:02x}"
    return one.encode("unicode_escape").decode("ascii")
