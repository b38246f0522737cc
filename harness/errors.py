"""What a user is told instead of a traceback: one line, and an exit status."""

from __future__ import annotations

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
