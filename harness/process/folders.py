"""Temporary folders, all in one that is gone when a run is, however that ends: keepers remove it where we cannot, and
the next run where they could not either (a power loss)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX, HELD = "harness-", ".held-by-its-run"
"""How it is called, and the file in it that is locked as long as its run lives."""
DIGITS = 8
"""Bytes of its name, which are random."""
STALE_SECONDS = 60.0
"""After which nobody is about to lock it."""
_roots: list[str] = []
"""Its path, as many times as it is held: keepers have it from their start, whether it is there or not."""
_used: list[str] = []
"""What is in it."""
_there = contextlib.ExitStack()
"""Closed when nothing is: between two blocks there is no keeper that could remove it."""


@contextlib.contextmanager
def root() -> Iterator[str]:
    """Hold the path of the folder that others are in, which is there as long as they are."""
    _roots.append(_roots[0] if _roots else os.path.join(tempfile.gettempdir(), PREFIX + secrets.token_hex(DIGITS)))
    try:
        yield _roots[0]
    finally:
        _roots.pop()


@contextlib.contextmanager
def temporary() -> Iterator[str]:
    """A folder for as long as this runs."""
    with root() as place:
        if not _used:
            _there.enter_context(_made(place))
        _used.append(place)
        try:
            with tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as folder:
                yield folder
        finally:
            _used.pop()
            if not _used:
                _there.close()


def clear() -> None:
    """Remove all of them: of whom this process is a copy, which is no longer."""
    for held in _roots[:1]:
        shutil.rmtree(held, ignore_errors=True)


@contextlib.contextmanager
def _made(place: str) -> Iterator[None]:
    _sweep()
    os.mkdir(place, 0o700)
    lock = None
    try:
        lock = _locked(Path(place, HELD), os.O_CREAT)
        yield
    finally:
        shutil.rmtree(place, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _locked(file: Path, flags: int = 0) -> int | None:
    """A descriptor that holds a file and that what we start does not inherit; None where somebody else holds it."""
    opened = os.open(file, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | flags, 0o600)
    descriptor = fcntl.fcntl(opened, fcntl.F_DUPFD_CLOEXEC, 3)  # we may have been started without stdin
    os.close(opened)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # or a file system without locks
        os.close(descriptor)
        return None
    return descriptor


def _sweep() -> None:
    """Remove what runs left that nobody holds any more."""
    place = Path(tempfile.gettempdir())
    for empty in place.glob(PREFIX + "[0-9a-f]" * 2 * DIGITS):  # where the power failed before there was a file in it
        with contextlib.suppress(OSError):
            if _is_stale(empty):
                empty.rmdir()
    for file in place.glob(f"{PREFIX}*/{HELD}"):
        with contextlib.suppress(OSError):
            if _is_stale(file) and file.parent.lstat().st_uid == os.getuid() and (lock := _locked(file)) is not None:
                shutil.rmtree(file.parent, ignore_errors=True)
                os.close(lock)


def _is_stale(path: Path) -> bool:
    return time.time() - path.lstat().st_mtime > STALE_SECONDS
