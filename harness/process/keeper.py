"""The parent of each process that we start: it is signalled in our place, and ends all that its child leaves.

A keeper is a copy of us, forked within the start of its child, that waits and does nothing else. It is a subreaper
(prctl(2)): whatever the child's code starts is a descendant of it, at whatever remove and with whatever environment.
Its child dies with it (PR_SET_PDEATHSIG, SIGKILL). Where we hang up, or die, it ends all of them. A task that signals
its parent signals the keeper: that ends the child, and is told. Only SIGKILL ends a keeper; then the child dies, and
what that left is ours to adopt (`orphans`).

It is forked of us, not a program of its own: an interpreter would take 10 ms to start, for each worker."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import os
import resource
import signal
import time
import warnings
from collections.abc import Iterator
from typing import NoReturn

import msgspec
import psutil

from harness.process import brand, folders
from harness.process.brand import LONGEST, MOMENT, PAUSE
from harness.process.channel import ready
from harness.process.family import Bounded, leftover
from harness.record.sample import Leftover

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
EVERY = signal.valid_signals()
HARMLESS = (signal.SIGCHLD, signal.SIGIO, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH)
NAMED = 3
"""Of what was left, those whose ports are looked for."""
UNBORN = 255
"""The status of a copy that could not become another program, whose keeper Popen waits for before it says so."""
_prctl = ctypes.CDLL(None).prctl


@contextlib.contextmanager
def unwarned() -> Iterator[None]:
    """Fork here: Python warns where the caller has threads, whose locks our copies need none of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


class Said(msgspec.Struct, omit_defaults=True):
    """What a keeper tells, one of these at a time."""

    pid: int = 0
    """Of the child, once it is forked."""
    error: int = 0
    """In place of that: the number of why it could not be forked."""
    signal: int = 0
    status: int = 0
    """How the child ended: by a signal, or with a status."""
    sent: int = 0
    """The signal that something sent to the keeper, which ended the child for it."""
    held: int = 0
    """The bytes that it held, with what it had started, when the keeper ended all of it for that."""
    ended: bool = False
    left: list[Leftover] | None = None
    """What had to be ended: the last that is told."""


class Keeper:
    """Told by `descriptor`, a socket; where that hangs up, all has to end. Its child, and what that starts, may hold
    `most` bytes together, if any number is said."""

    def __init__(self, descriptor: int, most: int | None = None) -> None:
        self._descriptor, self._parent, self._most = descriptor, os.getpid(), most
        self._brand, self._hurried = brand.of(self._parent), False

    def split(self) -> None:
        """Be the keeper, and return in a copy that is to become the child, which ignores and blocks no signal, whatever
        we do (in a background, under nohup, in a thread of somebody's). In the process that Popen forked."""
        signal.pthread_sigmask(signal.SIG_BLOCK, EVERY)
        brand.put(self._brand)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        keeper = os.getpid()
        try:
            child = os.fork()
        except OSError as error:
            self._tell(Said(error=error.errno or 1))
            os._exit(0)
        self._keep(child) if child else _parted(keeper)

    def _keep(self, child: int) -> NoReturn:
        gc.disable()  # what we had open is not the copy's to clear away
        try:
            self._tell(Said(pid=child))
            os.closerange(0, self._descriptor)
            os.closerange(self._descriptor + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
            fcntl.fcntl(self._descriptor, fcntl.F_SETOWN, os.getpid())
            fcntl.fcntl(self._descriptor, fcntl.F_SETFL, os.O_ASYNC)
            self._bounded = Bounded(self._most, os.getpid()) if self._most else None
            how = self._until_ended(child)
            self._tell(how)
            if how.status != UNBORN:
                self._until_hung_up()
            heard = self._tell(Said(left=self._ended_all(child)))
            until = time.monotonic() + (0.0 if heard else MOMENT)
            while os.getppid() == self._parent and time.monotonic() < until:
                time.sleep(PAUSE)  # what ends closes its descriptors before its children have another parent
            if os.getppid() != self._parent:
                folders.clear()
        finally:
            os._exit(0)

    def _until_ended(self, child: int) -> Said:
        """Wait until the child has ended, or has to; its number stays its own. How it did."""
        said = Said(ended=True)
        while True:
            if ended := os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT | os.WNOHANG):
                exited = ended.si_code == os.CLD_EXITED
                said.status, said.signal = (ended.si_status, 0) if exited else (0, ended.si_status)
                return said
            said.held = said.held or self._outgrown()
            if self._hung_up():
                os.kill(child, signal.SIGKILL)
            came = self._signal()
            if came and came.si_signo not in HARMLESS and came.si_pid != self._parent:
                said.sent = said.sent or came.si_signo
                os.kill(child, signal.SIGKILL)

    def _until_hung_up(self) -> None:
        while not self._hung_up():
            self._outgrown()
            self._signal()

    def _outgrown(self) -> int:
        """Kill all of it where it holds more than it may; the bytes that it held."""
        if outgrown := self._bounded.outgrown() if self._bounded else 0:
            _kill_all()
        return outgrown

    def _signal(self) -> signal.struct_siginfo | None:
        """The next signal; None where it is time to look how much is held."""
        return self._noted(
            signal.sigtimedwait(EVERY, self._bounded.due_in) if self._bounded else signal.sigwaitinfo(EVERY)
        )

    def _noted(self, came: signal.struct_siginfo | None) -> signal.struct_siginfo | None:
        """Whenever SIGTERM of ours comes, what its child left has no moment to end by itself."""
        if came is not None and (came.si_signo, came.si_pid) == (signal.SIGTERM, self._parent):
            self._hurried = True
        return came

    def _ended_all(self, child: int) -> list[Leftover]:
        """End what the child left, until nothing is; what did not end within a moment."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        began, found = time.monotonic(), dict[int, Leftover]()
        while _has_children() and (passed := time.monotonic() - began) < LONGEST:
            if passed < MOMENT and not self._hurried:
                self._noted(signal.sigtimedwait(EVERY, MOMENT - passed))
                continue
            _kill_all(found)
            signal.sigtimedwait([signal.SIGCHLD], PAUSE)
        return list(found.values())

    def _hung_up(self) -> bool:
        return ready(0.0, self._descriptor)

    def _tell(self, said: Said) -> bool:
        """Whether anybody is there to hear it."""
        with contextlib.suppress(OSError):
            os.write(self._descriptor, msgspec.json.encode(said) + b"\n")
            return True
        return False


def _parted(keeper: int) -> None:
    """In the copy that is to become the child: lead a session, die with the keeper, ignore and block nothing."""
    os.setsid()
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != keeper:
        os._exit(0)
    for number in EVERY:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _kill_all(found: dict[int, Leftover] | None = None) -> None:
    """Kill all that comes of us, and note what was still running, if anybody wants to know."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if found is not None and process.pid not in found and process.status() != psutil.STATUS_ZOMBIE:
                found[process.pid] = leftover(process, len(found) < NAMED)
            process.kill()


def _has_children() -> bool:
    """Whether any is left, when those that have ended are reaped."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True
