"""An exception as an answer: what a user should read of it in a line, and the whole of its traceback."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from itertools import islice
from types import FrameType
from typing import Any

from harness.strategies.base import Unavailable
from harness.worker import causes
from harness.worker.messages import Failed
from harness.worker.roots import is_installed
from harness.worker.targets import Usage
from harness.workloads.base import Unsupported

TRACEBACK = 20_000
"""Characters of a traceback that are kept: the last ones."""
PART = 2_000
"""Characters of an exception's text that are kept in it."""


def told(error: BaseException, strategy: str = "") -> Failed:
    """What a failure is, where a strategy (the place of its target: a module or a file) was to be used."""
    leaf, _ = causes.picked(error)
    if isinstance(leaf, Usage):
        return Failed("usage", str(leaf))
    if isinstance(leaf, Unsupported):
        return Failed("unsupported", str(leaf))
    if isinstance(leaf, Unavailable):
        return Failed("unavailable", str(leaf))
    if isinstance(leaf, ModuleNotFoundError) and (missing := absent(leaf, strategy)):
        return Failed("unavailable", f"needs {missing} (pip install {missing})")
    left = isinstance(leaf, SystemExit) and not isinstance(leaf.code, str)
    if left:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
    try:
        said = causes.line(error)
    except Exception as strange:  # an exception may be anything that somebody wrote
        said = f"{type(error).__name__} (of which no more can be said: {type(strange).__name__})"
    return Failed("failed", said, traceback_of(error), printed=left)


def absent(error: ModuleNotFoundError, strategy: str) -> str | None:
    """The library that is not installed, where ours or the strategy's own module imports it: what it declares."""
    name = (error.name or "").partition(".")[0]
    last = [frame for frame, _ in causes.frames_of(error.__traceback__)][-1:]
    if not name or not last:
        return None
    file = last[0].f_code.co_filename
    declared = last[0].f_globals.get("__name__") == strategy or file == os.path.realpath(strategy)
    try:
        return name if (declared or causes.is_ours(file)) and not importlib.util.find_spec(name) else None
    except ValueError:  # what somebody put in its place has no spec
        return None


def traceback_of(error: BaseException) -> str | None:
    """The traceback as Python prints it, with causes and groups, the last part of it; None where that cannot be had."""
    import traceback

    many = len(list(islice(causes.leaves_of(error), 100))) == 100
    try:
        whole = traceback.TracebackException.from_exception(causes.picked(error)[0] if many else error)
        cut(whole)
        text = "".join(whole.format()).rstrip()
    except Exception:  # whatever an exception or a patched library does
        return None
    return causes.cleaned(text if len(text) <= TRACEBACK else f"...{text[-TRACEBACK:]}")


def place_in(frame: FrameType | None) -> str:
    """The line of the user's that a frame was called from; nothing where none of theirs took part."""
    while frame is not None:
        file = frame.f_code.co_filename
        if not (causes.frozen(frame) or causes.is_ours(file) or is_installed(file)):
            return f" at {os.path.basename(file)}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def cut(whole: Any) -> None:
    """Shorten the texts of a TracebackException, before they are taken apart into lines."""
    waiting, seen = [whole], set()
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if len(text := getattr(one, "_str", None) or "") > PART:
            one._str = f"{text[:PART]}..."
        waiting += [one.__cause__, one.__context__, *(getattr(one, "exceptions", None) or ())]
