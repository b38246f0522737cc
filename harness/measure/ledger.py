"""What the seconds of a run go into."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Ledger:
    """What the seconds of a run go into."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(("starts", "warm-ups", "rounds", "observed", "counting", "ours"), 0.0)
        self._began = time.monotonic()

    @contextmanager
    def spend(self, on: str) -> Iterator[None]:
        """Book what runs inside."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[on] += time.monotonic() - began

    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._began

    def closed(self) -> dict[str, float]:
        """The books: what is booked nowhere else is ours."""
        booked = sum(seconds for on, seconds in self.seconds.items() if on != "ours")
        return self.seconds | {"ours": self.elapsed() - booked, "all": self.elapsed()}
