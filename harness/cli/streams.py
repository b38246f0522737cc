"""The three streams that we were started with, each of which may be closed, full, or read by nobody any more."""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from typing import IO, Any

from harness.text import READABLE

GONE = (errno.EPIPE, errno.ECONNRESET)
"""What says that whoever read a stream has enough of it: no fault."""


class Patient(io.FileIO):
    """A descriptor that takes all that is printed. What it refuses is dropped, and the first reason is kept, so that
    nothing that prints has to expect it, and a decision is not lost with the sentence that tells it."""

    refused: OSError | None = None

    def write(self, data: Any) -> int:
        """Write bytes; those of a descriptor that does not block once there is room."""
        if self.refused is None:
            try:
                while (written := super().write(data)) is None:
                    select.select([], [self], [])
                return written
            except OSError as error:
                self.refused = error
        return len(data)


def open_streams() -> None:
    """Open /dev/null as what we were started without, of stdin, stdout and stderr (cron jobs, daemons): the next pipe
    or file would take its number, and what is printed would go there."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: those below are open by now
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def patient_streams() -> None:
    """Have stdout and stderr take all that is printed; what a terminal cannot show is written as escapes, whatever its
    encoding."""
    for name in ("stdout", "stderr"):
        before = getattr(sys, name)
        if type(before) is io.TextIOWrapper:  # not what captures within a test
            setattr(sys, name, _patient(before))


def _patient(before: io.TextIOWrapper) -> io.TextIOWrapper:
    raw = Patient(before.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding=before.encoding, errors=READABLE, line_buffering=before.line_buffering
    )


def refused(stream: IO[str]) -> OSError | None:
    """Why a stream did not take all that was printed, if it did not and somebody still wants it."""
    stream.flush()
    error: OSError | None = getattr(getattr(getattr(stream, "buffer", None), "raw", None), "refused", None)
    return None if error is None or error.errno in GONE else error
