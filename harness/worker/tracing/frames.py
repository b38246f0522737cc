"""Where a task waits, in words: the user's line, and the function that it waits in."""

from __future__ import annotations

import os
from collections.abc import Iterable
from types import FrameType

from harness.worker.causes import is_ours, is_theirs
from harness.worker.stacks import of_frame

UNTOLD = ("switch", "switch_out", "throw")
"""Functions by which runtimes suspend: what called them says more."""


def place_of(frame: FrameType | None) -> str:
    """The user's line that a frame was called from; nothing where there is none."""
    return place(of_frame(frame))


def place(stack: Iterable[FrameType]) -> str:
    """The user's innermost line of a stack."""
    frame = next((one for one in stack if is_theirs(one.f_code.co_filename)), None)
    if frame is None:
        return ""
    return f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno} in {frame.f_code.co_name}"


def function(stack: Iterable[FrameType]) -> str:
    """The innermost function of a library that has a public name; where the user's own line waits, that."""
    for frame in stack:
        code = frame.f_code
        if is_theirs(code.co_filename):
            return place([frame])
        if not (code.co_name.startswith(("_", "<")) or code.co_name in UNTOLD or is_ours(code.co_filename)):
            return code.co_qualname.replace(".<locals>", "")
    return ""
