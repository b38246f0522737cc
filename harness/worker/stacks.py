"""Where the tasks wait that no thread is running: faulthandler sees threads alone. Printed as it prints, when a worker
hangs and is about to be killed."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Iterator
from itertools import islice
from types import FrameType
from typing import Any

END = "(end of the dump)"
MOST_TASKS, MOST_FRAMES, MOST_BYTES = 500, 100, 40_000


def dump() -> None:
    """Print the stack of each task of a loop, and of each greenlet, that this process knows."""
    text = ""
    for stack in islice(waiting(), MOST_TASKS):
        lines = [f'  File "{frame.f_code.co_filename}", line {frame.f_lineno} in {frame.f_code.co_name}'
                 for frame in stack[:MOST_FRAMES]]  # fmt: skip
        text += "\n".join(["Task (most recent call first):", *lines, ""])
        if len(text) > MOST_BYTES:
            break
    try:
        os.write(2, f"{text}{END}\n".encode(errors="backslashreplace"))
    except OSError:  # whoever wants to know has other means
        return


def waiting() -> Iterator[list[FrameType]]:
    """The frames of each, the innermost first."""
    for find in (of_asyncio, of_trio, of_greenlets):
        with contextlib.suppress(Exception):  # a library that is only half there
            yield from (stack for stack in find() if stack)


def of_asyncio() -> Iterator[list[FrameType]]:
    """The tasks of the loop that runs in this thread."""
    if asyncio := sys.modules.get("asyncio"):
        for task in asyncio.all_tasks():
            yield of_coroutine(task.get_coro())


def of_trio() -> Iterator[list[FrameType]]:
    """The tasks of the run in this thread."""
    if trio := sys.modules.get("trio"):
        tasks = [trio.lowlevel.current_root_task()]
        while tasks:
            task = tasks.pop()
            yield of_coroutine(task.coro)
            tasks += [child for nursery in task.child_nurseries for child in nursery.child_tasks]


def of_greenlets() -> Iterator[list[FrameType]]:
    """Each greenlet that has begun and does not run."""
    if greenlet := sys.modules.get("greenlet"):
        for one in gc.get_objects():
            if issubclass(type(one), greenlet.greenlet) and one.gr_frame is not None:
                yield of_frame(one.gr_frame)


def of_frame(frame: FrameType | None) -> list[FrameType]:
    """A frame and those that called it."""
    found: list[FrameType] = []
    while frame is not None and len(found) < MOST_FRAMES:
        found.append(frame)
        frame = frame.f_back
    return found


def of_coroutine(step: Any) -> list[FrameType]:
    """The frames of what a coroutine awaits, as far as it is Python, the innermost first."""
    found: list[FrameType] = []
    while step is not None and len(found) < MOST_FRAMES:
        for kind in ("cr", "gi", "ag"):
            if (frame := getattr(step, f"{kind}_frame", None)) is not None:
                found.insert(0, frame)
                step = getattr(step, f"{kind}_await", None) or getattr(step, "gi_yieldfrom", None)
                break
        else:
            break
    return found
