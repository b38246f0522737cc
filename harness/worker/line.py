"""The worker's end of the talk with its parent. An answer is bound to the message that it answers (each has a number)
and to the process that was asked, so that a copy of it, forked off by a task, that runs on is never taken for it."""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any

from harness.worker import causes, failures, frames
from harness.worker.messages import Answer, Failed, packed
from harness.worker.roots import is_installed

# A task may replace any of these: they are bound before its module is imported.
_getpid, _exit, _fstat = os.getpid, os._exit, os.fstat


OURS = "the harness's"
"""A name that no variable can have."""


class Line:
    """Two pipes: messages come in by one, answers go out by the other."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._pid, self._number = _getpid(), 0
        self._places = place(commands), place(answers)
        self._frames = frames.Frames()
        self._forked_at = ""
        for descriptor in (commands, answers):
            os.set_inheritable(descriptor, False)
        os.register_at_fork(before=self._forks, after_in_child=self._forked)

    def receive(self) -> dict[str, Any] | None:
        """Wait for a message; None when the parent is gone. Raises ProtocolError."""
        self._hold()
        message = frames.receive(self._commands, self._frames)
        if message is not None:
            self._number = message.pop("number")
        return message

    def tell(self, said: Answer) -> None:
        """Answer the last message. A copy of the worker says that it is one, and ends."""
        self._hold()
        frames.send(self._answers, packed(said) | {"number": self._number, "pid": self._pid})

    def ends(self, error: BaseException) -> None:
        """Called with what a message came to, where that is an exception: SystemExit ends a copy as it should."""
        if isinstance(error, SystemExit) and _getpid() != self._pid:
            _exit(error.code if isinstance(error.code, int) else error.code is not None)

    def is_copy(self) -> bool:
        """Whether whoever asks is not the worker, but was forked off it."""
        return _getpid() != self._pid

    def copied(self) -> None:
        """In a copy: tell that it ran on, and end it."""
        said = packed(Failed("invalid", f"a copy of the worker (forked{self._forked_at}) ran on"))
        try:
            frames.send(self._answers, said | {"number": self._number, "pid": _getpid()})
        finally:
            _exit(0)

    def _hold(self) -> None:
        """End this process if it is not the worker, or if its pipes are no longer its own: a task may have closed them,
        and opened a file of the user's in their place."""
        if _getpid() != self._pid:
            self.copied()
        if (place(self._commands), place(self._answers)) != self._places:
            _exit(frames.LOST)

    def _forks(self) -> None:
        """Called before: what has to be asked of the file system is known, and not asked in each child, at the task's
        expense."""
        found(sys._getframe(1))

    def _forked(self) -> None:
        """Called in whatever was forked off. It may be a child that does its work and ends, as those of multiprocessing
        do; where it leaves the task instead, the strategy's code would run in it as well."""
        self._forked_at, outermost = found(sys._getframe(1))
        if outermost is not None and OURS not in outermost.f_locals:  # there already in a child's child
            outermost.f_locals[OURS] = Left(self)  # it ends with the frame


def found(inner: FrameType) -> tuple[str, FrameType | None]:
    """Where a fork is made, and the frame that its copy must not leave."""
    return failures.place_in(inner), leaves(inner)


class Left:
    """Ends with the frame of a task, in a copy of the worker: it is about to run on."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def __del__(self) -> None:
        if self._line.is_copy():
            self._line.copied()


def leaves(frame: FrameType | None) -> FrameType | None:
    """The user's outermost frame, if there is code of ours below it, to which it would return."""
    outermost = None
    while frame is not None:
        file = frame.f_code.co_filename
        if causes.is_ours(file):
            return outermost
        if not (is_installed(file) or causes.frozen(frame)):
            outermost = frame
        frame = frame.f_back
    return outermost if _thread_is_main() else None


def _thread_is_main() -> bool:
    """Whether the main thread runs, where greenlets have no frames of ours below theirs."""
    threading = sys.modules["threading"]
    return bool(threading.current_thread() is threading.main_thread())


def place(descriptor: int) -> tuple[int, int] | None:
    """Which file a descriptor is of; None where it is closed."""
    try:
        found = _fstat(descriptor)
    except OSError:
        return None
    return found.st_dev, found.st_ino
