"""One measuring run of a user at a time on a machine: two would measure each other.

The lock is a file that is locked (flock(2)) in a folder that nobody else may write to, so that no other user can hold
it; it is free with the end of whoever held it, however that ended, and says who that is."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from harness.errors import BUSY, HarnessError
from harness.machine import cache

NAME = "concurrency-harness-measuring"
PAUSE_SECONDS = 0.2


class BusyError(HarnessError):
    """Raised when another run is measuring: `holder` says which."""

    status = BUSY

    def __init__(self, holder: str) -> None:
        super().__init__(f"{holder}; --wait SECONDS waits for its end")
        self.holder = holder


@contextlib.contextmanager
def machine(wait: bool | float, tell: Callable[[str], None], name: str | None = None) -> Iterator[None]:
    """Hold the machine (or what HARNESS_LOCK names: runs under other names do not see each other). `wait`: for ever
    (True), or for so many seconds.

    Raises BusyError where another run does and we are not to wait for it, or have waited; HarnessError where the
    folder of locks is somebody else's."""
    until = time.monotonic() + (float("inf") if wait is True else wait)
    file = _folder() / f"{hashlib.sha256((name or os.environ.get('HARNESS_LOCK') or NAME).encode()).hexdigest()}.lock"
    while (descriptor := _taken(file)) is None:
        holder = f"another run is measuring{_who(file)}"
        if time.monotonic() >= until:
            waited = f", still after {wait:g} s" if wait else ""
            raise BusyError(f"{holder}{waited}")
        tell(f"{holder}: waiting")
        time.sleep(PAUSE_SECONDS)
    try:
        os.pwrite(descriptor, f"pid {os.getpid()}, since {datetime.now():%H:%M:%S}".encode(), 0)
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            file.unlink()
        os.close(descriptor)


def _folder() -> Path:
    """The user's own folder of locks, by the user's number alone: all of the user's sessions have the same one, cron's
    too. Where somebody else was there first, one where nobody else can be. Raises HarnessError."""
    temporary = Path("/tmp" if os.access("/tmp", os.W_OK) else tempfile.gettempdir())  # noqa: S108
    usual = temporary / f"concurrency-harness-{os.getuid()}"
    if _is_ours(usual) or _is_ours(usual := cache.folder() / "locks"):
        return usual
    raise HarnessError(f"{usual}, where locks are, is not a folder that you alone may write to: remove it")


def _is_ours(where: Path) -> bool:
    """Whether a folder, which is made if it is not there, is one that nobody else may write to."""
    with contextlib.suppress(FileExistsError):
        where.mkdir(0o700, parents=True)
    found = where.lstat()
    return found.st_uid == os.getuid() and stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o022


def _taken(file: Path) -> int | None:
    """The descriptor that holds it; None where another does."""
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still(file, descriptor):
                os.ftruncate(descriptor, 0)
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its holder has just removed it


def _is_still(file: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(file))
    except FileNotFoundError:
        return False


def _who(file: Path) -> str:
    """Who holds it, as that has written it; nothing in the moment before it has."""
    with contextlib.suppress(OSError):
        said = file.read_bytes()[:100].decode(errors="replace")
        return f" ({said})" if said.isprintable() and said else ""
    return ""
