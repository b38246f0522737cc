"""Where the tasks wait that no thread is running: faulthandler sees threads alone. Printed as it prints, when a worker
hangs and is about to be killed."""

from __future__ import annotations

import _thread
import contextlib
import gc
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from types import FrameType
from typing import Any

END = "(end of the dump)"
MOST_TASKS, MOST_FRAMES, MOST_BYTES = 100_000, 100, 40_000
MOST_THREADS = 100
"""That faulthandler prints; where there are more, ours are printed as well."""
_current_frames, _is_collecting, _collect_none, _collect = sys._current_frames, gc.isenabled, gc.disable, gc.enable


def of_threads() -> dict[int, FrameType]:
    """The frame of each thread, by its ident.

    No garbage is collected meanwhile: on CPython 3.11 what runs then may give the GIL to one who waits for a lock that
    is held here, for ever (python/cpython issue 106883)."""
    collects = _is_collecting()
    _collect_none()
    try:
        return _current_frames()
    finally:
        if collects:
            _collect()


def dump() -> None:
    """Print the stacks of the tasks of a loop, and of the greenlets, that this process knows: those that are the same
    once, with their number."""
    text = grouped("Task", waiting())
    if len(threads := of_threads()) > MOST_THREADS:
        text += grouped(
            "Threads", (of_frame(frame) for ident, frame in threads.items() if ident != _thread.get_ident())
        )
    try:
        os.write(2, f"{text}{END}\n".encode(errors="backslashreplace"))
    except OSError:  # whoever wants to know has other means
        return


def grouped(kind: str, stacks: Iterable[list[FrameType]]) -> str:
    """Stacks as faulthandler prints them, the most frequent first."""
    found: Counter[str] = Counter(
        "".join(f'  File "{frame.f_code.co_filename}", line {frame.f_lineno} in {frame.f_code.co_name}\n'
                for frame in stack)
        for stack in islice(stacks, MOST_TASKS)
    )  # fmt: skip
    text = ""
    for lines, count in found.most_common():
        text += f"{kind} x{count} (most recent call first):\n{lines}"
        if len(text) > MOST_BYTES:
            break
    return text


def waiting() -> Iterator[list[FrameType]]:
    """The frames of each, the innermost first."""
    for find in (of_asyncio, of_trio, of_greenlets):
        with contextlib.suppress(Exception):  # a library that is only half there
            yield from (stack for stack in find() if stack)


def of_asyncio() -> Iterator[list[FrameType]]:
    """The tasks of the loop that runs in this thread, but for the one that it runs."""
    if asyncio := sys.modules.get("asyncio"):
        running = asyncio.current_task()
        for task in asyncio.all_tasks() - {running}:
            yield of_coroutine(task.get_coro())


def of_trio() -> Iterator[list[FrameType]]:
    """The tasks of the run in this thread, but for the one that runs."""
    if trio := sys.modules.get("trio"):
        for task in trio_tasks(trio.lowlevel.current_root_task()):
            if not getattr(task.coro, "cr_running", False):
                yield of_coroutine(task.coro)


def trio_tasks(root: Any) -> Iterator[Any]:
    """A task of trio's, and all those below it."""
    tasks = [root]
    while tasks:
        task = tasks.pop()
        yield task
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
