"""What a user is told instead of a traceback: one line, and an exit status."""

from __future__ import annotations

import errno
import resource

OK, REGRESSION, USAGE, INCOMPLETE, NOTHING, UNSTORED, BUG, BUSY = 0, 1, 2, 3, 4, 5, 70, 75


class HarnessError(Exception):
    """Raised for what a user can mend: the text says what was asked, what exists and what to type."""

    status = USAGE


class StoreError(HarnessError):
    """Raised when results could not be stored or read."""

    status = UNSTORED


class IncompleteError(HarnessError):
    """Raised when what was to be measured failed."""

    status = INCOMPLETE


class Interrupted(BaseException):
    """Raised by a signal handler, so that it passes every handler of ordinary errors."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number


ADVICE = {
    errno.EMFILE: "the limit is {descriptors:,} file descriptors (ulimit -Hn): raise it",
    errno.ENFILE: "the machine has as many files open as it can: close some programs",
    errno.EAGAIN: "no more processes or threads are allowed: raise ulimit -u, or end some",
    errno.ENOMEM: "memory is short: raise ulimit -v, or end some programs",
    errno.ENOSYS: "this kernel or container does not have that call: Linux 5.3 or newer does",
    errno.EACCES: "it is not permitted: ask for leave, or name another place",
    errno.EPERM: "it is not permitted: a container's filter or the file's owner forbids it",
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "the quota is used up: free some space",
    errno.EROFS: "it can only be read from: name another place",
    errno.ENOENT: "look whether it is there",
}


def refused(error: OSError) -> str:
    """What the system did not do, and what to do about it."""
    what = f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
    advice = ADVICE.get(error.errno or 0, "what was stored is intact")
    return f"{what}; {advice.format(descriptors=resource.getrlimit(resource.RLIMIT_NOFILE)[1])}"
