"""A program on another host, which ssh or the like has started: frames and lines by its stdin and stdout."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.process import channel
from harness.process.channel import MOST_SECONDS, TAIL
from harness.process.child import last_line, name_of
from harness.worker.frames import Frames

END_SECONDS, CLOSE_SECONDS = 2.0, 10.0
TELL_SECONDS = 60.0
REFUSED, STRICT = "Host key verification failed.", "you have requested strict checking."
MOST_NOISE = 1 << 20
"""Bytes that may come before the mark."""
QUIET = {"SSH_ASKPASS_REQUIRE": "never"}
"""Without a terminal ssh asks for a password in a window, where there are any, and waits for it."""
Take = Callable[[Frames], dict[str, Any] | None]
"""How an answer is read: a frame, or a line."""


class Gone(Exception):
    """Raised where nobody answers any more; the text says why."""


class Remote:
    """Started by a command, in a session of its own: a terminal's Ctrl-C is not for it."""

    def __init__(self, command: Sequence[str], mark: bytes = b"") -> None:
        """Start it. What comes before the `mark` is not the program's: a shell has printed it. Raises Gone."""
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, start_new_session=True,
                env=os.environ | QUIET,
            )  # fmt: skip
        except OSError as error:
            raise Gone(f"{command[0]}: {error.strerror}") from None
        self._stdin, self._stdout, self._stderr = (
            stream.fileno() if stream else -1
            for stream in (self._process.stdin, self._process.stdout, self._process.stderr)
        )
        for end in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(end, False)
        self._command, self._mark = command[0], mark
        self._frames, self._printed, self._noise = Frames(), bytearray(), bytearray()
        self._hung_up, self._bell = channel.pipe()
        self._lock, self._is_over = threading.Lock(), False

    def ask(self, data: bytes, take: Take, seconds: float) -> dict[str, Any]:
        """Send bytes, and wait for the answer. Raises Gone."""
        self.tell(data, seconds)
        return self.answer(take, seconds)

    def tell(self, data: bytes, seconds: float = TELL_SECONDS) -> None:
        """Send bytes, of which some go within so long, or nobody is there: `answer` brings what is said to them. Raises
        Gone."""
        left, deadline = memoryview(data), time.monotonic() + seconds
        try:
            while left:
                self._until(deadline, seconds, {self._stdin: selectors.EVENT_WRITE})
                with contextlib.suppress(BlockingIOError):
                    left = left[os.write(self._stdin, left) :]
                    deadline = time.monotonic() + seconds  # a slow line is no dead one
        except OSError:
            raise Gone(self._why()) from None

    def answer(self, take: Take, seconds: float) -> dict[str, Any]:
        """Wait for what is said. Raises Gone."""
        try:
            answer = self._answer(take, seconds)
        except OSError:
            raise Gone(self._why()) from None
        except ValueError as error:
            raise Gone(f"its answer was unusable: {error}") from None
        self._printed.clear()  # a banner, or a warning: no reason for what comes later
        return answer

    def _answer(self, take: Take, seconds: float) -> dict[str, Any]:
        deadline, read = time.monotonic() + seconds, selectors.EVENT_READ
        ends = {self._stdout: read, self._stderr: read}
        while (answer := take(self._frames)) is None:
            for end in self._until(deadline, seconds, ends):
                data = os.read(end, 65536)
                if end == self._stderr:
                    self._printed = (self._printed + data)[-TAIL:]
                    if not data:
                        del ends[end]
                elif data:
                    self._feed(data)
                else:
                    raise Gone(self._why())
        return answer

    def _until(self, deadline: float, seconds: float, ends: Mapping[int, int]) -> list[int]:
        """Wait until something can be done at some of its ends: at which. Raises Gone."""
        if self._is_over:
            raise Gone("hung up")
        with selectors.DefaultSelector() as selector:
            for end, events in {**ends, self._hung_up: selectors.EVENT_READ}.items():
                selector.register(end, events)
            found: list[int] = []
            while not found:
                left = deadline - time.monotonic()
                found = [key.fd for key, _ in selector.select(max(0.0, min(MOST_SECONDS, left)))]
                if not found and left <= 0:
                    raise Gone(f"no answer after {round(seconds, 1):g} s")
            if self._hung_up in found:
                raise Gone("hung up")
            return found

    def _feed(self, data: bytes) -> None:
        """Take what came, but for what a shell has printed. Raises ValueError where that has no end."""
        if self._mark:
            self._noise += data
            noise, found, rest_of_it = self._noise.partition(self._mark)
            if not found:
                if len(noise) > MOST_NOISE:
                    raise ValueError("its shell prints, and no program of ours begins")
                return
            data = bytes(rest_of_it)
            self._mark = b""
            self._noise.clear()
        self._frames.feed(data)

    def _why(self) -> str:
        """What it printed last; how it ended, where it printed nothing."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        self._printed = (self._printed + rest(self._stderr))[-TAIL:]
        noise = last_line((self._noise + rest(self._stdout)).decode(errors="replace")) if self._mark else ""
        said = reason(self._printed.decode(errors="replace"))
        status = self._process.poll()
        how = f"was ended by {name_of(-status)}" if status and status < 0 else f"ended with status {status}"
        said = said or f"{self._command} {how}"
        return f"{said}, and a shell printed: {noise}" if noise else said

    def hang_up(self) -> None:
        """Have it end, from any thread: who waits for an answer is told that it is gone."""
        with self._lock:
            if not self._is_over:
                os.write(self._bell, b"!")
        self._signal(signal.SIGTERM, signal.SIGCONT)  # one that was stopped hears of its end when it goes on

    def close(self) -> None:
        """See it end."""
        self.hang_up()
        with self._lock:
            if self._is_over:
                return
            self._is_over = True
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            stream and stream.close()
        try:
            self._process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(CLOSE_SECONDS)
        for end in (self._hung_up, self._bell):
            os.close(end)

    def _signal(self, *numbers: int) -> None:
        """Tell it, and what it has started."""
        for number in numbers:
            if self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):  # sudo's are not ours to end
                    os.killpg(self._process.pid, number)


def rest(end: int) -> bytes:
    """What is still to be read of a pipe, its last part."""
    found = b""
    with contextlib.suppress(OSError):  # nothing now, though somebody has its other end
        while data := os.read(end, 65536):
            found = (found + data)[-TAIL:]
    return found


def reason(printed: str) -> str:
    """Why it ended, by what it printed last; of a host's key that ssh refuses, which and why: the line before."""
    said = last_line(printed)
    before = [line for line in printed.splitlines() if line.strip().endswith(STRICT)]
    return last_line(before[-1]) if said == REFUSED and before else said
