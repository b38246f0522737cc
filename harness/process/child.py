"""The one way in which we start a process of our own, talk with it, and see to it that nothing of it is left.

A child leads a session of its own, and is kept (`process.keeper`): it dies with us, and so does whatever it has
started.

It runs `harness.worker.main` from where our own package came from, on a safe path (`-P`: never the current folder
first); what the user's code may import is added later, when ours is in (`worker.targets`)."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TypeVar

import harness
from harness.errors import refused
from harness.machine import host, shell
from harness.process import dumps
from harness.process.channel import Channel, Ended, Failure, ready
from harness.process.interrupts import held
from harness.process.kept import Kept
from harness.process.orphans import house, left_by
from harness.record.plan import Variant
from harness.record.sample import Leftover
from harness.text import readable
from harness.worker.frames import LOST
from harness.worker.messages import Answer, Asked

T = TypeVar("T", bound=Answer)
PACKAGE = os.path.dirname(os.path.abspath(harness.__file__))
BOOT = f"import sys; sys.path.insert(0, {os.path.dirname(PACKAGE)!r}); import harness; del sys.path[0]; "
MAIN = "from harness.worker.main import main; main({commands}, {answers})"
START_SECONDS, KILL_SECONDS = 30.0, 10.0
DUMP_SECONDS = 0.6
MARK = "HARNESS_WORKER"
"""What the environment of a child has: in it, a script that measures does not (`api`)."""
MIB = 1 << 20
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
        memory_limit: int | None = None,
    ) -> None:
        """Start it: with a prelude first, in a variant, on some cores ([]: all), under another program (a counter). It
        and what it starts are ended where they hold more bytes than allowed.

        Raises Failure where it cannot be started."""
        self._memory_limit = memory_limit
        with held():
            self._channel = Channel()
            try:
                self._kept = self._started(prelude, variant, cpus, under, environment)
            except BaseException:
                self._channel.close()
                raise
            finally:
                for descriptor in self._channel.theirs:
                    os.close(descriptor)
            self._killed_before = host.killed_for_memory()
            try:
                self._pidfd = os.pidfd_open(self.pid)
            except OSError:
                self._leave()
                raise
            house.running.add(self)
        self._channel.pid = None if under else self.pid  # a counter may start it as a child of its own

    def _started(
        self, prelude: str | None, variant: Variant | None, cpus: Sequence[int], under: Sequence[str],
        environment: Mapping[str, str] | None,
    ) -> Kept:  # fmt: skip
        module, _, function = (prelude or "").partition(":")
        first = f"import {module}; {module}.{function}(); " if prelude else ""
        commands, answers, output = self._channel.theirs
        program = BOOT + first + MAIN.format(commands=commands, answers=answers)
        command = [*under, (variant and variant.python) or sys.executable, "-P", "-c", program]
        where = variant.at(os.getcwd()) if variant else None
        env = shell.environment() | dict(environment or {}) | {MARK: "1"}
        ours = os.sched_getaffinity(0)
        try:
            os.sched_setaffinity(0, cpus or ours)  # inherited, so that it holds from the first instruction
            return Kept(command, where, output, (commands, answers), env, self._memory_limit)
        except OSError as error:
            missing = where and not os.path.isdir(where)
            raise Failure("failed", f"there is no folder {where}" if missing else refused(error)) from None
        finally:
            os.sched_setaffinity(0, ours)

    @property
    def keeper(self) -> int:
        """The process number of its keeper."""
        return self._kept.keeper

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._kept.pid

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

    def ended(self, seconds: float) -> Failure | None:
        """How it ended, if it does within so long."""
        return self.gone() if ready(seconds, self._pidfd) else None

    def finish(self, seconds: float) -> None:
        """Let it end by itself: it has no more commands. Raises Failure where it does not."""
        self._channel.hang_up()
        if not ready(seconds, self._pidfd):
            raise Failure("timeout", f"it did not end within {seconds:g} s")
        how = self._kept.how()
        if how is None or how.signal or how.status:
            raise self.gone()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it is still there."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, number)

    def cpu_seconds(self) -> float:
        """What it has used of processors so far."""
        return cpu_seconds(self.pid)

    def gone(self) -> Failure:
        """What to raise where it has ended, and should not have: how, in words. Waits until it has."""
        how = self._kept.how()
        said, _, dump = self._channel.printed().partition(dumps.FATAL)
        last = last_line(said)
        last = f"; its last line: {last}" if last else ""
        traceback = printable(dumps.FATAL + dump if dump else said, keep="\n").strip() or None
        if how and how.held:
            held = f"it held {how.held / MIB:,.0f} MiB with what it started"
            limit = (self._memory_limit or 0) / MIB
            return Failure("failed", f"out of memory: {held}, --memory-limit allows {limit:,.0f} MiB{last}")
        if how is None or how.sent:
            number = how.sent if how else signal.SIGKILL
            sent = f"its parent process was sent {name_of(number)}, as by a task that signals os.getppid()"
            return Failure("failed", sent + last)
        if how.status == LOST:
            return Failure("failed", f"a task closed the descriptors that its worker answers by{last}")
        if not how.signal:
            return Failure("failed", f"it ended with status {how.status} and no answer{last}", traceback)
        place, fatal = dumps.place(dump), dumps.fatal(dump)
        at = f" at {place}" if place else ""
        why = f": {printable(fatal)}" if fatal else ""
        if how.signal == signal.SIGKILL and host.killed_for_memory() > self._killed_before:
            why = ": out of memory, by the kernel"
        return Failure("failed", f"it was killed by {name_of(how.signal)}{at}{why}{last}", traceback)

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
        places = {printable(at): count for at, count in dumps.places(said).items()}
        at = places or ({place: 1} if (place := dumps.place(said)) else {})
        reason = f"no answer after {seconds:g} s" + (f"; {dumps.said(at)}" if at else "")
        return Failure("timeout", reason, printable(said, keep="\n") or None, places=places)

    def stop(self) -> None:
        """End the process; harmless when that is done. `sweep` waits until what it left has ended, too."""
        if self not in house.running:
            return
        with held():
            self.signal(signal.SIGKILL)
            self._leave()
            ready(KILL_SECONDS, self._pidfd)
            os.close(self._pidfd)
            house.running.remove(self)

    def left_behind(self) -> list[Leftover]:
        """What it left running when it was stopped, once that is ended."""
        return left_by(self._kept)

    def _leave(self) -> None:
        """Have the keeper end it, and whatever it left."""
        self._kept.hang_up()
        house.ending.append(self._kept)
        self._channel.close()


def cpu_seconds(pid: int) -> float:
    """What a process has used of processors so far, threads that have ended as well (clock_getcpuclockid(3))."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:  # it has ended, and whoever waits for its answer will say so
        return 0.0


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
