"""What the seconds of a run go into."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

BOOKED = ("starts", "warm-ups", "rounds", "observed", "counting")


class Ledger:
    """What the seconds of a run go into."""

    def __init__(self, before: Mapping[str, float] | None = None, seconds: float = 0.0) -> None:
        """`before`: what they went into until the run was interrupted, which was after so many."""
        self.seconds = {on: (before or {}).get(on, 0.0) for on in BOOKED} | {"ours": 0.0}
        self._began = time.monotonic() - seconds

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
        ours = max(0.0, self.elapsed() - booked)  # a task may have changed the clock that its worker goes by
        return self.seconds | {"ours": ours, "all": self.elapsed()}
