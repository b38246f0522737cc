"""Executors of threads that have more to do than threads: how many calls waited for one, and what the threads did."""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

from harness.worker import stacks
from harness.worker.causes import is_ours
from harness.worker.why.pace import Steps
from harness.worker.why.waited import qualified

if TYPE_CHECKING:
    from harness.worker.prepared import Prepared

RUN, WORKER = "concurrent.futures.thread:_WorkItem.run", "concurrent.futures.thread:_worker"
RESULT = "concurrent.futures._base:Future.result", "concurrent.futures._base:Future.exception"


class Executor:
    """One that had calls waiting."""

    def __init__(self, threads: int) -> None:
        self.threads, self.most, self.seconds, self.call_seconds = threads, 0, 0.0, 0.0
        self.function: CodeType | None = None
        self.is_stuck = False
        """Whether, when last looked at, each of its threads waited for a call that no thread had taken."""

    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        code = self.function
        return {
            "threads": self.threads, "most": self.most, "seconds": self.seconds, "call_seconds": self.call_seconds,
            "function": code and [code.co_filename, code.co_firstlineno, code.co_qualname],
            "stuck": self.is_stuck,
        }  # fmt: skip


class Executors:
    """Sees the queues of `concurrent.futures.ThreadPoolExecutor`, asyncio's default one among them."""

    name = "executors"

    def __init__(self, cell: Prepared) -> None:
        self._found: dict[int, Executor] = {}

    def begin(self) -> None:
        """See from here on."""
        self._steps = Steps()

    def end(self) -> None:
        """See no more."""

    def look(self) -> None:
        """See which queues hold calls that no thread has taken."""
        step = self._steps.next()
        for one in self._found.values():
            one.is_stuck = False
        for queue, idents in queues().items():
            waiting = queue.qsize()
            if waiting and is_full(idents) and (code := running(idents)) is not OURS:
                one = self._found.setdefault(id(queue), Executor(len(idents)))
                one.threads, one.most, one.function = len(idents), max(one.most, waiting), code or one.function
                one.seconds += step
                one.call_seconds += step * waiting
                one.is_stuck = all(map(waits_for_another, idents))

    def seen(self) -> list[dict[str, Any]]:
        """As JSON has it."""
        return [one.told() for one in self._found.values()]


def queues() -> dict[Any, list[int]]:
    """The queue of each executor, with its threads."""
    found: dict[Any, list[int]] = {}
    if pools := sys.modules.get("concurrent.futures.thread"):
        for thread, queue in list(pools._threads_queues.items()):
            if thread.is_alive():
                found.setdefault(queue, []).append(thread.ident or 0)
    return found


OURS = (lambda: None).__code__
"""Stands for a strategy's function: its queue is no limit, but what was asked for."""


def is_full(idents: list[int]) -> bool:
    """Whether an executor has all the threads that it may: else calls wait until one has begun, and for no other."""
    frames = stacks.of_threads()
    for frame in (one for ident in idents for one in stacks.of_frame(frames.get(ident)) if qualified(one) == WORKER):
        executor = frame.f_locals.get("executor_reference", lambda: None)()
        return len(idents) >= getattr(executor, "_max_workers", 0)
    return True


def waits_for_another(ident: int) -> bool:
    """Whether a thread waits for a call that has not begun."""
    for frame in stacks.of_frame(stacks.of_threads().get(ident)):
        if qualified(frame) in RESULT:
            return getattr(frame.f_locals.get("self"), "_state", "") == "PENDING"
    return False


def running(idents: list[int]) -> CodeType | None:
    """The function that one of the threads was told to call, as far as it is Python."""
    frames = stacks.of_threads()
    for ident in idents:
        called: FrameType | None = None
        for frame in stacks.of_frame(frames.get(ident)):
            if qualified(frame) == RUN:
                if called is not None:
                    return OURS if is_ours(called.f_code.co_filename) else called.f_code
                break
            called = frame
    return None
