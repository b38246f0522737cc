"""A process that a keeper started for us and watches, as we know it: how it ended, and what it left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence

import msgspec

from harness.process.brand import LONGEST
from harness.process.channel import above_streams, ready
from harness.process.interrupts import hastened
from harness.process.keeper import Keeper, Said, unwarned
from harness.record.sample import Leftover

START_SECONDS, PATIENCE, SLICE = 30.0, LONGEST + 2.0, 0.1
"""Seconds: until a keeper has forked, until it has ended all, and after which somebody may be in a hurry."""


class Kept:
    """A child of a keeper of its own, which leads a session."""

    def __init__(
        self, command: Sequence[str], folder: str | None, output: int, passed: Sequence[int], env: Mapping[str, str],
        memory_limit: int | None = None,
    ) -> None:  # fmt: skip
        """Start it in a folder, with these descriptors beside what it prints to. Raises OSError."""
        ours, theirs = above_streams(*(end.detach() for end in socket.socketpair()))
        self._line = socket.socket(fileno=ours)
        self._came = b""
        try:
            with unwarned():
                self._keeper = subprocess.Popen(
                    command,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    pass_fds=passed,
                    start_new_session=True,
                    env=env,
                    preexec_fn=Keeper(theirs, memory_limit).split,
                )
        except subprocess.SubprocessError as error:
            self._line.close()
            raise OSError(f"{error}") from None
        except OSError:
            self._line.close()
            raise
        finally:
            os.close(theirs)
        said = self._next(START_SECONDS) or Said()
        if not said.pid:
            self.over()
            raise OSError(said.error, os.strerror(said.error)) if said.error else OSError("its keeper was killed")
        self.pid = said.pid
        self._how: Said | None = None
        self.left: list[Leftover] | None = None
        """What it left, as whoever ended that has found it."""

    @property
    def keeper(self) -> int:
        """The process number of the keeper."""
        return self._keeper.pid

    def how(self) -> Said | None:
        """How it ended, once it has; None where its keeper was killed, and it with that."""
        self._go_on()
        self._how = self._how or self._next(START_SECONDS)
        return self._how

    def _go_on(self) -> None:
        """Have the keeper go on, which a task may have stopped."""
        self._keeper.send_signal(signal.SIGCONT)

    def hang_up(self) -> None:
        """Have the keeper end it, and all that it left: `over` waits for that."""
        self._go_on()
        self._line.shutdown(socket.SHUT_WR)

    def over(self) -> list[Leftover] | None:
        """Wait until all is ended: what had to be; None where the keeper was killed, and nobody knows. Once."""
        deadline, said = time.monotonic() + PATIENCE, None
        while time.monotonic() < deadline:
            said = self._next(SLICE)
            if self._keeper.poll() is not None if said is None else said.left is not None:
                break
            if hastened():
                self._keeper.terminate()
        self._keeper.kill()
        self._keeper.wait()
        self._line.close()
        return said.left if said else None

    def _next(self, seconds: float) -> Said | None:
        """The next that the keeper tells; None where it has been killed, or says nothing in time."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._came:
            if not ready(max(0.0, deadline - time.monotonic()), self._line.fileno()):
                return None
            if not (data := self._line.recv(65536)):
                return None
            self._came += data
        line, _, self._came = self._came.partition(b"\n")
        return msgspec.json.decode(line, type=Said)
