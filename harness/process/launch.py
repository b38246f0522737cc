"""Starts workers and peers, talks with them, and sees to it that nothing of them is left.

Each process leads a session of its own. It dies with us: we hold the only writing end of a pipe, and the kernel
signals (SIGIO) its whole process group when that closes. What leaves the group is found by a mark in its
environment and killed at the end of the block, as an orphan that we, a subreaper, adopt."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import math
import os
import secrets
import select
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import psutil

import harness
from harness.record.plan import Variant
from harness.worker import frames as wire

PACKAGE = os.path.dirname(os.path.abspath(harness.__file__))
BOOT = f"import sys; sys.path.insert(0, {os.path.dirname(PACKAGE)!r}); import harness; del sys.path[0]; "
"""What a child runs first: our package from where ours came from, whatever else its path leads to."""
MARK = "HARNESS_WORKER"
OURS = secrets.token_hex(8)
TAIL = 65536
START_SECONDS = 30.0
MOST_SECONDS = 3600.0
"""The longest that a selector is asked to wait: it takes no infinity."""
PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER = 36, 37


class Failure(Exception):
    """Raised when a process gave no answer; `status` is that of its cell."""

    def __init__(self, status: Literal["failed", "timeout", "invalid", "unsupported"], reason: str) -> None:
        super().__init__(reason)
        self.status = status


@contextlib.contextmanager
def adopted_orphans() -> Iterator[None]:
    """Be the parent of whatever our processes leave behind, meanwhile. (Without prctl they are init's.)"""
    libc, before = ctypes.CDLL(None), ctypes.c_int(0)
    libc.prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(before), 0, 0, 0)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, before.value, 0, 0, 0)


class Process:
    """A worker or peer: commands go in by a pipe, answers come out by another, its prints by a third."""

    def __init__(
        self,
        arguments: Sequence[str],
        cpus: Sequence[int],
        job: Any = None,
        under: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        variant: Variant | None = None,
    ) -> None:
        command_out, self._commands = os.pipe()
        self._answers, answer_in = os.pipe()
        self._output, output_in = os.pipe()
        lifeline, self._lifeline = os.pipe()
        words = [word.format(commands=command_out, answers=answer_in) for word in arguments]
        if job is not None:
            words.append(json.dumps(job | {"answer": answer_in}))
        where = variant.at(os.getcwd()) if variant else None
        ours = os.sched_getaffinity(0)
        try:
            os.sched_setaffinity(0, cpus or ours)  # inherited, so that it holds from the first instruction
            self._child = subprocess.Popen(
                [*under, (variant and variant.python) or sys.executable, "-P", *words],
                cwd=where,
                stdin=subprocess.DEVNULL,
                stdout=output_in,
                stderr=output_in,
                pass_fds=(command_out, answer_in, lifeline),
                start_new_session=True,
                env=os.environ | (environment or {}) | {MARK: OURS},
            )
        except OSError as error:
            for descriptor in (self._commands, self._answers, self._output, lifeline, self._lifeline):
                os.close(descriptor)
            missing = f"there is no folder {where}" if where and not os.path.isdir(where) else str(error)
            raise Failure("failed", missing) from None
        finally:
            os.sched_setaffinity(0, ours)
            for descriptor in (command_out, answer_in, output_in):
                os.close(descriptor)
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -self._child.pid)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, os.O_ASYNC)
        os.close(lifeline)
        self._pidfd = os.pidfd_open(self._child.pid)
        self._frames = wire.Frames()
        self._tail = bytearray()
        self._open = [self._commands, self._answers, self._output, self._lifeline, self._pidfd]

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._child.pid

    def ask(self, message: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send a message and wait for its answer. Raises Failure."""
        self.tell(message)
        return self.wait(seconds)

    def tell(self, message: dict[str, Any]) -> None:
        """Send a message: `wait` brings the answer."""
        with contextlib.suppress(OSError):  # it is gone: waiting says how
            wire.send(self._commands, message)

    def finish(self, seconds: float) -> None:
        """Let a worker end by itself: it has no more commands. Raises Failure where it does not."""
        os.close(self._commands)
        self._open.remove(self._commands)
        if not select.select([self._pidfd], [], [], seconds)[0]:
            raise Failure("timeout", f"it did not end within {seconds:g} s")
        ended = os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOWAIT)
        if ended is None or ended.si_status:
            raise Failure("failed", self._ended())

    def gone(self) -> Failure:
        """What to raise where it has ended, and should not have."""
        return Failure("failed", self._ended())

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it is still there."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, number)

    def has_said(self, seconds: float) -> bool:
        """Whether `wait` would not have to: there is an answer, or it has ended."""
        # What came with the answer before is no longer in the pipe.
        return bool(self._frames) or bool(select.select([self._answers, self._pidfd], [], [], seconds)[0])

    def stop_serving(self, seconds: float) -> dict[str, Any]:
        """Have a server stop; return its last answer. Raises Failure."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.signal(signal.SIGTERM)  # again and again: a loop that is just falling asleep may not notice
            if self.has_said(0.2):
                break
        return self.wait(max(0.0, deadline - time.monotonic()))

    def ask_line(self, message: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send a peer a line of JSON and wait for its line. Raises Failure."""
        with contextlib.suppress(OSError):
            os.write(self._commands, (json.dumps(message) + "\n").encode())
        return self.wait_line(seconds)

    def cpu_seconds(self) -> float:
        """What it has used of processors so far, threads that have ended as well (clock_getcpuclockid(3))."""
        try:
            return time.clock_gettime((~self._child.pid << 3) | 2)
        except OSError:  # it has ended, and whoever waits for its answer will say so
            return 0.0

    def wait(self, seconds: float | None) -> dict[str, Any]:
        """Wait for the next answer (for ever, if None), reading what it prints meanwhile. Raises Failure."""
        return self._wait(seconds, self._frames.take)

    def wait_line(self, seconds: float) -> dict[str, Any]:
        """Wait for a peer's one line of JSON. Raises Failure."""
        return self._wait(seconds, self._frames.take_line)

    def _wait(self, seconds: float | None, take: Any) -> dict[str, Any]:
        deadline = math.inf if seconds is None else time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            for descriptor in (self._answers, self._output, self._pidfd):
                selector.register(descriptor, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select(min(MOST_SECONDS, max(0.0, deadline - time.monotonic())))}
                if self._output in ready and not self._drain():
                    selector.unregister(self._output)
                if self._answers in ready:
                    data = os.read(self._answers, 65536)
                    self._frames.feed(data)
                    if not data:
                        selector.unregister(self._answers)
                try:
                    answer: dict[str, Any] | None = take()
                except (wire.ProtocolError, ValueError) as error:
                    raise Failure("failed", f"its answer was unusable: {error}") from None
                if answer is not None:
                    return answer
                if ready == {self._pidfd} or (self._pidfd in ready and self._answers not in ready):
                    raise Failure("failed", self._ended())
                if time.monotonic() >= deadline:
                    raise Failure("timeout", f"no answer after {seconds:g} s{self._where()}")

    def _drain(self) -> bool:
        data = os.read(self._output, 65536)
        self._tail = (self._tail + data)[-TAIL:]
        return bool(data)

    def _drain_all(self) -> None:
        while select.select([self._output], [], [], 0)[0] and self._drain():
            pass

    def _ended(self) -> str:
        """How the process ended, in words; waits until it has."""
        ended = os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        self._drain_all()
        lines = [line for line in self._tail.decode(errors="replace").splitlines() if line.strip()]
        last = f"; its last line: {printable(lines[-1])}" if lines else ""
        if ended.si_code != os.CLD_EXITED:
            return f"it was killed by {signal.Signals(ended.si_status).name}{last}"
        return f"it ended with status {ended.si_status} and no answer{last}"

    def _where(self) -> str:
        """Where a process that hangs stands, told by faulthandler."""
        self._tail.clear()
        signal.pidfd_send_signal(self._pidfd, signal.SIGUSR2)
        select.select([self._output], [], [], 0.2)
        time.sleep(0.05)
        self._drain_all()
        for line in self._tail.decode(errors="replace").splitlines():
            if line.startswith('  File "') and PACKAGE not in line:
                _, path, rest = line.split('"', 2)
                return f"; it was at {Path(path).name}:{rest.removeprefix(', line ')}"
        return ""

    def stop(self) -> None:
        """End the process and all of its group. What has left the group is for `sweep`."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)  # Popen.kill would reap it
        os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOWAIT)  # unreaped: its number stays its own
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        for descriptor in self._open:
            os.close(descriptor)
        self._open = []


def printable(text: str) -> str:
    """A user's text without control characters, and no longer than a line."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)[:300]


def sweep() -> int:
    """When all of ours are stopped: kill what they left behind, until nothing is left; return how many there were."""
    found = 0
    for _ in range(100):
        marked = [process for process in psutil.Process().children(recursive=True) if carries_our_mark(process)]
        if not marked:
            return found
        found += len(marked)
        for process in marked:
            with contextlib.suppress(psutil.Error):
                process.kill()
                process.wait(1)
    return found


def carries_our_mark(process: psutil.Process) -> bool:
    """Whether a process was started, at whatever remove, by one of ours."""
    try:
        return process.environ().get(MARK) == OURS
    except psutil.Error:
        return False


def worker(
    prelude: str | None,
    variant: Variant | None = None,
    under: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Process:
    """Start a worker in its variant, under another program (a counter) if there is one."""
    module, _, function = (prelude or "").partition(":")
    first = f"import {module}; {module}.{function}(); " if prelude else ""
    command = ["-c", BOOT + first + "from harness.worker.main import main; main({commands}, {answers})"]
    return Process(command, (), None, under, environment, variant)


def module(name: str) -> list[str]:
    """The arguments with which a child runs one of our modules as a program."""
    return ["-c", f"{BOOT}import runpy; runpy.run_module({name!r}, run_name='__main__')"]


def tool(command: Sequence[str]) -> None:
    """Run a tool to its end. Raises Failure where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure("failed", f"{command[0]} failed: {error}") from None
    if done.returncode:
        why = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
        raise Failure("failed", f"{command[0]} failed: {why[0]}")


def succeeds(command: Sequence[str], text: str) -> bool:
    """Whether a tool works here, and counts: it ends well and says this, and not that it is not supported."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS)
    return done.returncode == 0 and text in done.stderr and "not supported" not in done.stderr


def describe(requests: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ask a worker each (in the request's variant), all at once, what strategies and workloads are; a failure is an
    answer too."""
    processes = [worker(None, request.get("variant")) for request in requests]
    answers = []
    try:
        for process, request in zip(processes, requests, strict=True):
            try:
                asked = {name: value for name, value in request.items() if name != "variant"}
                answers.append(process.ask(asked, START_SECONDS))
            except Failure as failure:
                answers.append({"status": failure.status, "reason": str(failure)})
    finally:
        for process in processes:
            process.stop()
        sweep()
    return answers
