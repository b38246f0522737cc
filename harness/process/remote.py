"""A program on another host, which ssh or the like has started: frames and lines by its stdin and stdout."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import Any

from harness.process.channel import MOST_SECONDS, TAIL
from harness.process.child import last_line
from harness.worker.frames import Frames, ProtocolError

END_SECONDS, CLOSE_SECONDS = 2.0, 10.0
Take = Callable[[Frames], dict[str, Any] | None]
"""How an answer is read: a frame, or a line."""


class Gone(Exception):
    """Raised where nobody answers any more; the text says why."""


class Remote:
    """Started by a command, in a session of its own: a terminal's Ctrl-C is not for it."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it. Raises Gone."""
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)
        except OSError as error:
            raise Gone(f"{command[0]}: {error.strerror}") from None
        assert self._process.stderr
        os.set_blocking(self._process.stderr.fileno(), False)
        self._command = command[0]
        self._frames, self._printed = Frames(), bytearray()

    def ask(self, data: bytes, take: Take, seconds: float) -> dict[str, Any]:
        """Send bytes, and wait for the answer. Raises Gone."""
        self.tell(data)
        return self.answer(take, seconds)

    def tell(self, data: bytes) -> None:
        """Send bytes: `answer` brings what is said to them. Raises Gone."""
        assert self._process.stdin
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except OSError:
            raise Gone(self._why()) from None

    def answer(self, take: Take, seconds: float) -> dict[str, Any]:
        """Wait for what is said. Raises Gone."""
        try:
            return self._answer(take, seconds)
        except OSError:
            raise Gone(self._why()) from None
        except (ProtocolError, ValueError) as error:
            raise Gone(f"its answer was unusable: {error}") from None

    def _answer(self, take: Take, seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            for stream in (self._process.stdout, self._process.stderr):
                selector.register(stream or -1, selectors.EVENT_READ)
            while (answer := take(self._frames)) is None:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise Gone(f"no answer after {seconds:g} s")
                for key, _ in selector.select(min(MOST_SECONDS, left)):
                    data = os.read(key.fd, 65536)
                    if key.fileobj is self._process.stderr:
                        self._printed = (self._printed + data)[-TAIL:]
                        if not data:
                            selector.unregister(key.fileobj)
                    elif data:
                        self._frames.feed(data)
                    else:
                        raise Gone(self._why())
        return answer

    def _why(self) -> str:
        """What it printed last; how it ended, where it printed nothing."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        with contextlib.suppress(OSError):
            while self._process.stderr and (data := os.read(self._process.stderr.fileno(), 65536)):
                self._printed = (self._printed + data)[-TAIL:]
        said = last_line(self._printed.decode(errors="replace"))
        return said or f"{self._command} ended with status {self._process.poll()}"

    def hang_up(self) -> None:
        """Have it end, from any thread: who waits for an answer is told that it is gone."""
        self._process.terminate()

    def close(self) -> None:
        """See it end."""
        self.hang_up()
        try:
            self._process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with contextlib.suppress(OSError):  # what was not sent yet
                stream and stream.close()
