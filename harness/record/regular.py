"""Reads files that others made: regular ones, of a size that can be held, and none that waits for a writer."""

from __future__ import annotations

import errno
import os
import stat
from itertools import islice
from pathlib import Path

from harness.errors import StoreError


def read(path: Path, largest: int, lines: int | None = None, what: str = "record of ours") -> bytes:
    """What a file holds, or so many lines of it. Raises StoreError where it is none, or larger than so many bytes;
    `what` it should be."""
    try:
        with open(path, "rb", opener=_opened) as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise StoreError(f"{path} is no file, but a pipe or a device")
            if about.st_size > largest:
                raise StoreError(f"{path} is larger than {largest:,} bytes: no {what}")
            return b"".join(islice(file, lines)) if lines else file.read(about.st_size)
    except IsADirectoryError:
        raise StoreError(f"{path} is a folder, and no {what}") from None
    except FileNotFoundError:
        raise StoreError(f"{path} is no file") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        no_file = getattr(error, "errno", None) in (errno.ENXIO, errno.ENODEV)
        raise StoreError(f"{path} is no file" if no_file else f"{path} cannot be read: {why}") from None


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # opening a pipe without a writer would wait for one
