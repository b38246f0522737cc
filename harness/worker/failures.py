"""An exception as an answer: what a user should read of it, in a line."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from types import FrameType, TracebackType

from harness.worker.messages import Failed
from harness.worker.roots import is_installed, within
from harness.worker.targets import Usage
from harness.workloads.base import Unsupported

PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
FOLDERS = tuple(os.path.realpath(os.path.join(PACKAGE, name)) for name in ("", "strategies", "workloads"))
"""Where our own code lies: two of them may be links."""
LONGEST = 500


def told(error: BaseException, strategy: str = "") -> Failed:
    """What a failure is, where a strategy (the place of its target: a module or a file) was to be used."""
    if isinstance(error, Usage):
        return Failed("usage", str(error))
    if isinstance(error, Unsupported):
        return Failed("unsupported", str(error))
    if isinstance(error, ModuleNotFoundError) and (missing := absent(error, strategy)):
        return Failed("unavailable", f"needs {missing} (pip install {missing})")
    text = " ".join(str(error).split())[:LONGEST]
    return Failed("failed", f"{type(error).__name__}: {text}{where(error)}")


def absent(error: ModuleNotFoundError, strategy: str) -> str | None:
    """The library that is not installed, where ours or the strategy's own module imports it: what it declares."""
    name = (error.name or "").partition(".")[0]
    last = [frame for frame, _ in steps(error.__traceback__) if not frozen(frame)][-1:]
    if not name or not last or importlib.util.find_spec(name):
        return None
    file = last[0].f_code.co_filename
    declared = last[0].f_globals.get("__name__") == strategy or file == strategy
    return name if declared or is_ours(file) else None


def where(error: BaseException) -> str:
    """The line of the user's that failed; of the library's, where none of theirs took part."""
    frames = [(frame, line) for frame, line in steps(error.__traceback__) if not frozen(frame)]
    theirs = [one for one in frames if not (is_ours(file := one[0].f_code.co_filename) or is_installed(file))]
    for frame, line in reversed(theirs or frames):
        return f" at {os.path.basename(frame.f_code.co_filename)}:{line}"
    return ""


def place_in(frame: FrameType | None) -> str:
    """The line of the user's that a frame was called from; nothing where none of theirs took part."""
    while frame is not None:
        file = frame.f_code.co_filename
        if not (frozen(frame) or is_ours(file) or is_installed(file)):
            return f" at {os.path.basename(file)}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def steps(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    """Each frame of a traceback with its line, from the outermost inwards."""
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


def frozen(frame: FrameType) -> bool:
    """Whether it is of the import system."""
    return frame.f_code.co_filename.startswith("<frozen")


def is_ours(file: str) -> bool:
    """Whether a file is part of this program."""
    return file == "<string>" or any(within(os.path.realpath(file), folder) for folder in FOLDERS)
