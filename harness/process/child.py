"""The one way in which we start a process of our own, talk with it, and see to it that nothing of it is left.

A child leads a session of its own. It dies with us: we hold the only writing end of a pipe, and the kernel signals
(SIGIO) its whole process group when that closes. What leaves the group is for `orphans`.

It runs `harness.worker.main` from where our own package came from, on a safe path (`-P`: never the current folder
first); what the user's code may import is added later, when ours is in (`worker.targets`)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TypeVar

import harness
from harness.machine import shell
from harness.process import dumps
from harness.process.channel import Channel, Ended, Failure, pipe
from harness.process.orphans import MARK, OURS
from harness.record.plan import Variant
from harness.text import readable
from harness.worker.frames import LOST
from harness.worker.messages import Answer, Asked

T = TypeVar("T", bound=Answer)
PACKAGE = os.path.dirname(os.path.abspath(harness.__file__))
BOOT = f"import sys; sys.path.insert(0, {os.path.dirname(PACKAGE)!r}); import harness; del sys.path[0]; "
MAIN = "from harness.worker.main import main; main({commands}, {answers})"
START_SECONDS = 30.0
DUMP_SECONDS = 0.6
TEXT = 20_000
"""Characters of what was printed that are looked at: the last ones."""


class Child:
    """A process of ours: a cell's worker, a peer, the load generator, or what says what there is."""

    def __init__(
        self,
        prelude: str | None = None,
        variant: Variant | None = None,
        cpus: Sequence[int] = (),
        under: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start it: with a prelude first, in a variant, on some cores ([]: all), under another program (a counter).

        Raises Failure where it cannot be started."""
        self._channel = Channel()
        lifeline, self._lifeline = pipe()
        module, _, function = (prelude or "").partition(":")
        first = f"import {module}; {module}.{function}(); " if prelude else ""
        commands, answers, output = self._channel.theirs
        program = BOOT + first + MAIN.format(commands=commands, answers=answers)
        where = variant.at(os.getcwd()) if variant else None
        ours = os.sched_getaffinity(0)
        try:
            os.sched_setaffinity(0, cpus or ours)  # inherited, so that it holds from the first instruction
            self._process = subprocess.Popen(
                [*under, (variant and variant.python) or sys.executable, "-P", "-c", program],
                cwd=where,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(commands, answers, lifeline),
                start_new_session=True,
                env=shell.environment() | dict(environment or {}) | {MARK: OURS},
            )
        except OSError as error:
            self._channel.close()
            for descriptor in (lifeline, self._lifeline):
                os.close(descriptor)
            missing = f"there is no folder {where}" if where and not os.path.isdir(where) else str(error)
            raise Failure("failed", missing) from None
        finally:
            os.sched_setaffinity(0, ours)
            for descriptor in self._channel.theirs:
                os.close(descriptor)
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -self._process.pid)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, os.O_ASYNC)
        os.close(lifeline)
        self._pidfd = os.pidfd_open(self._process.pid)
        self._channel.pid = None if under else self._process.pid  # a counter may start it as a child of its own

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    def ask(self, asked: Asked, kind: type[T], seconds: float) -> T:
        """Send a message and wait for its answer, which is of this kind. Raises Failure."""
        self.tell(asked)
        return self.wait(kind, seconds)

    def tell(self, asked: Asked) -> None:
        """Send a message: `wait` brings its answer."""
        self._channel.tell(asked)

    def wait(self, kind: type[T], seconds: float | None) -> T:
        """Wait for the next answer (for ever, if None), reading what it prints meanwhile. Raises Failure."""
        try:
            return self._channel.wait(kind, seconds, self._pidfd)
        except Failure as failure:
            raise self._with_prints(failure) from None
        except Ended:
            raise self.gone() from None
        except TimeoutError:
            raise self._hangs(seconds or 0.0) from None

    def has_said(self, seconds: float) -> bool:
        """Whether `wait` would not have to: there is an answer, or it has ended."""
        return self._channel.has_said(seconds, self._pidfd)

    def finish(self, seconds: float) -> None:
        """Let it end by itself: it has no more commands. Raises Failure where it does not."""
        self._channel.hang_up()
        if not select.select([self._pidfd], [], [], seconds)[0]:
            raise Failure("timeout", f"it did not end within {seconds:g} s")
        ended = os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOWAIT)
        if ended is None or ended.si_status:
            raise self.gone()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it is still there."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, number)

    def cpu_seconds(self) -> float:
        """What it has used of processors so far, threads that have ended as well (clock_getcpuclockid(3))."""
        try:
            return time.clock_gettime((~self._process.pid << 3) | 2)
        except OSError:  # it has ended, and whoever waits for its answer will say so
            return 0.0

    def gone(self) -> Failure:
        """What to raise where it has ended, and should not have: how, in words. Waits until it has."""
        ended = os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        said, _, dump = self._channel.printed().partition(dumps.FATAL)
        last = last_line(said)
        last = f"; its last line: {last}" if last else ""
        traceback = printable(dumps.FATAL + dump if dump else said, keep="\n").strip() or None
        if ended.si_code == os.CLD_EXITED and ended.si_status == LOST:
            return Failure("failed", f"a task closed the descriptors that its worker answers by{last}")
        if ended.si_code == os.CLD_EXITED:
            return Failure("failed", f"it ended with status {ended.si_status} and no answer{last}", traceback)
        place = dumps.place(dump)
        at = f" at {place}" if place else ""
        return Failure("failed", f"it was killed by {name_of(ended.si_status)}{at}{last}", traceback)

    def _with_prints(self, failure: Failure) -> Failure:
        """A failure with the last line that was printed, where that says more."""
        last = last_line(self._channel.printed()) if failure.printed else ""
        if not last:
            return failure
        return Failure(failure.status, f"{failure}; it printed: {last}", failure.traceback)

    def _hangs(self, seconds: float) -> Failure:
        """What to raise where it gave no answer, and where it stands: told by faulthandler and `worker.stacks`."""
        self._channel.printed()
        self._channel.forget_prints()
        self.signal(signal.SIGUSR2)
        deadline = time.monotonic() + DUMP_SECONDS
        while dumps.END not in (said := self._channel.printed(0.05)) and time.monotonic() < deadline:
            time.sleep(0.01)  # gevent's loop looks for signals three times a second
        place = dumps.place(said)
        at = f"; it was at {place}" if place else ""
        return Failure("timeout", f"no answer after {seconds:g} s{at}", printable(said, keep="\n") or None)

    def stop(self) -> None:
        """End the process and all of its group; harmless when that is done. What has left the group is for `sweep`."""
        if self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)  # Popen.kill would reap it
        os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOWAIT)  # unreaped: its number stays its own
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._channel.close()
        for descriptor in (self._lifeline, self._pidfd):
            os.close(descriptor)


def printable(text: str, keep: str = "") -> str:
    """A user's text without control characters."""
    return "".join(c if c.isprintable() or c in keep else f"\\x{ord(c):02x}" for c in readable(text[-TEXT:]))


def last_line(text: str) -> str:
    """The last that is not blank of what was printed, cut to a line."""
    lines = [line for line in text[-TEXT:].splitlines() if line.strip()]
    return printable(lines[-1].strip())[:300] if lines else ""


def name_of(number: int) -> str:
    """A signal's name; those of real time have none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
