"""Writes a record, of which every line is on the disk before it counts."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

from harness.errors import StoreError
from harness.record.lines import encode
from harness.record.sample import Header, Line


class Writer:
    """Appends the lines of one run. Every call raises StoreError when the disk does not take it."""

    def __init__(self, folder: Path, header: Header) -> None:
        """Begin a record: its file is there once the disk has the header, and not before."""
        self.path = folder / f"{header.run}.jsonl"
        unfinished = folder / f".{header.run}.begun"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(self.path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
            self._descriptor = _above_streams(os.open(unfinished, flags, 0o644))
        except OSError as error:
            raise self._unstored(error.strerror) from None
        try:
            self._write(encode(header))
            os.rename(unfinished, self.path)
            _sync(folder)
        except BaseException as error:
            os.close(self._descriptor)
            for path in (unfinished, self.path):
                path.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise self._unstored(error.strerror) from None
            raise

    def _unstored(self, why: str | None) -> StoreError:
        return StoreError(f"results cannot be stored in {self.path.parent}: {why}; --results names another")

    def _write(self, data: bytes) -> None:
        """Write bytes and wait until the disk has them. Raises OSError."""
        if os.write(self._descriptor, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fdatasync(self._descriptor)

    def append(self, line: Line) -> None:
        """Write a line and wait until the disk has it."""
        data = encode(line)
        try:
            written = os.write(self._descriptor, data)
            os.fdatasync(self._descriptor)
        except OSError as error:
            raise StoreError(f"{self.path} took no more: {error.strerror}; what it holds is intact") from None
        if written < len(data):
            raise StoreError(f"{self.path} took half a line: the disk is full; the lines before it are intact")

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


def _above_streams(descriptor: int) -> int:
    """The same file by a number that is not stdin's, stdout's or stderr's, though we may have none of those."""
    above = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)
    os.close(descriptor)
    return above


def _sync(folder: Path) -> None:
    """Have the disk know the names in a folder."""
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
