"""One measuring run at a time on a machine: two would measure each other.

The lock is an abstract socket, so that it is the machine's (or container's), needs no folder that everybody may write
to, and is gone with whoever held it."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator

from harness.errors import BUSY, HarnessError

NAME = "concurrency-harness-measuring"
PAUSE_SECONDS = 0.2


class BusyError(HarnessError):
    """Raised when another run is measuring."""

    status = BUSY


@contextlib.contextmanager
def machine(wait: bool, tell: Callable[[str], None], name: str | None = None) -> Iterator[None]:
    """Hold the machine (or what HARNESS_LOCK names: runs under other names do not see each other).

    Raises BusyError where another run does and we are not to wait for it."""
    name = "\0" + (name or os.environ.get("HARNESS_LOCK") or NAME)
    with socket.socket(socket.AF_UNIX) as held:
        while True:
            try:
                held.bind(name)
                break
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                holder = f"another run is measuring{_who(name)}"
                if not wait:
                    raise BusyError(f"{holder}; --wait waits for its end") from None
                tell(f"{holder}: waiting")
                time.sleep(PAUSE_SECONDS)
        held.listen(1)
        yield


def _who(name: str) -> str:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as asking:
        asking.setblocking(False)
        asking.connect(name)
        pid, _, _ = struct.unpack("3i", asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return f" (pid {pid})" if pid else ""
    return ""
