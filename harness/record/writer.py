"""Writes a record, of which every line is on the disk before it counts."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from harness.errors import HarnessError, StoreError
from harness.record.checked import encoded
from harness.record.lines import ImpossibleError, decode
from harness.record.sample import Copy, Header, Host, Line, Sample

BEGUN = ".begun"
"""How a file ends that is renamed once all of it is there."""
STALE_SECONDS = 60.0
"""After which nobody is about to write it: that takes milliseconds."""


def check_folder(folder: Path) -> None:
    """Raise StoreError where a folder could not hold a record: it is tried, and nothing stays of that."""
    there = next(one for one in (folder, *folder.absolute().parents) if os.path.lexists(one))
    try:
        _sweep(there, ".harness-*", os.rmdir)
        os.rmdir(tempfile.mkdtemp(prefix=".harness-", dir=there))
    except OSError as error:
        raise _unstored(folder, error.strerror) from None


def _sweep(folder: Path, pattern: str, remove: Callable[[Path], None]) -> None:
    """Remove what somebody had begun in a folder who was killed before it was whole."""
    for path in folder.glob(pattern):
        with contextlib.suppress(OSError):
            if time.time() - path.lstat().st_mtime > STALE_SECONDS:
                remove(path)


def _unstored(folder: Path, why: str | None) -> StoreError:
    return StoreError(f"results cannot be stored in {folder}: {why}; --results names another")


class Writer:
    """Appends the lines of one run. Every call raises StoreError when the disk does not take it, or nobody could read
    it again."""

    def __init__(self, folder: Path, header: Header) -> None:
        """Begin a record: its file is there once the disk has the header, and not before. Raises HarnessError where no
        record can have that header."""
        try:
            begun = encoded(header) + encoded(Copy(**msgspec.structs.asdict(header)))
        except ImpossibleError as wrong:
            raise HarnessError(f"{wrong}: no record can hold that") from None
        self.path = folder / f"{header.run}.jsonl"
        unfinished = folder / f".{header.run}{BEGUN}"
        try:
            _make(folder)
            if os.path.lexists(self.path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            _sweep(folder, f".*{BEGUN}", os.unlink)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
            self._descriptor = os.open(unfinished, flags, 0o600)
        except OSError as error:
            raise _unstored(folder, error.strerror) from None
        try:
            self._descriptor = _above_streams(self._descriptor)
            _locked(self._descriptor)
            self._write(begun)
            os.rename(unfinished, self.path)
            _sync(folder)
        except BaseException as error:
            os.close(self._descriptor)
            for path in (unfinished, self.path):
                path.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise _unstored(folder, error.strerror) from None
            raise

    def _write(self, data: bytes) -> None:
        """Write bytes and wait until the disk has them. Raises OSError."""
        if os.write(self._descriptor, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fdatasync(self._descriptor)

    def append(self, line: Line) -> None:
        """Write a line and wait until the disk has it."""
        self.extend([line])

    def extend(self, lines: Sequence[Line]) -> None:
        """Write lines at once and wait until the disk has all of them: where it does not take all, none are left."""
        try:
            data = b"".join(map(encoded, lines))
        except ImpossibleError as wrong:
            raise StoreError(f"{self.path} was not given what nobody could read again: {wrong}") from None
        before, written = os.fstat(self._descriptor).st_size, 0
        try:
            written = os.write(self._descriptor, data)
            os.fdatasync(self._descriptor)
        except OSError as error:
            raise StoreError(f"{self.path} took no more: {error.strerror}; what it holds is intact") from None
        finally:
            if written < len(data):
                with contextlib.suppress(OSError):
                    os.ftruncate(self._descriptor, before)
        if written < len(data):
            raise StoreError(f"{self.path} took half a line: the disk is full; the lines before it are intact")
        if not self._is_there():
            raise StoreError(f"{self.path} is no longer there: something moved or removed it while it was written")

    def _is_there(self) -> bool:
        """Whether what is written to is still the file of that name."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), os.stat(self.path))
        except OSError:
            return False

    def close(self) -> None:
        """Close the file."""
        try:
            os.close(self._descriptor)
        except OSError as error:
            raise StoreError(f"{self.path} was not closed: {error.strerror}; what it holds is intact") from None


class Resumed(Writer):
    """Goes on with a record that has no end, or was interrupted."""

    def __init__(self, path: Path) -> None:
        """Half a line at its end was never acknowledged, and is taken away, and so is a block of which not all is
        there that was written at once."""
        self.path = path
        flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            self._descriptor = os.open(path, flags)
        except OSError as error:
            raise StoreError(f"{path} cannot be added to: {error.strerror}") from None
        try:
            self._descriptor = _above_streams(self._descriptor)
            if not _locked(self._descriptor):
                raise BlockingIOError(errno.EAGAIN, "another run is adding to it")
            whole = path.read_bytes()
            half = whole[whole.rfind(b"\n") + 1 :]
            if half and decode(half) is not None:
                self._write(b"\n")
                whole += b"\n"
            elif half:
                whole = whole[: -len(half)]
            os.ftruncate(self._descriptor, _whole(whole))
        except OSError as error:
            os.close(self._descriptor)
            raise StoreError(f"{path} cannot be added to: {error.strerror}") from None


def _whole(lines: bytes) -> int:
    """How long a record is without a block at its end of which not all is there."""
    samples, end = 0, len(lines)
    while end:
        begins = lines.rfind(b"\n", 0, end - 1) + 1
        one = decode(lines[begins : end - 1])
        if isinstance(one, Sample):
            samples += 1
        elif not isinstance(one, Host) or one.group is None:  # of one machine, where each line counts by itself
            break
        elif one.samples is not None:
            return begins if samples < one.samples else len(lines)
        end = begins
    return len(lines)


def _locked(descriptor: int) -> bool:
    """Whether nobody else adds to a file, which is not known on a file system without locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def _above_streams(descriptor: int) -> int:
    """The same file by a number that is not stdin's, stdout's or stderr's, though we may have none of those."""
    above = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)
    os.close(descriptor)
    return above


def _make(folder: Path) -> None:
    """Make a folder that is not there, and have the disk know its name, and those of the folders above that are new."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in missing:
        _sync(one.parent)


def _sync(folder: Path) -> None:
    """Have the disk know the names in a folder."""
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
