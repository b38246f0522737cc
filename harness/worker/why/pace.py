"""How often to look (what looks long, looks seldom), and what a look stands for."""

from __future__ import annotations

from harness.worker.why.clocks import now, thread_time

REST = 9
"""Times what a look took of the processor: a tenth of one thread's time is for looking."""


LONGEST_STEP = 0.25
"""Seconds that one look stands for, at most: whoever looked later knows nothing of the time between."""


class Steps:
    """Seconds from look to look."""

    def __init__(self) -> None:
        self.at: float = now()
        """When the last look was."""

    def next(self) -> float:
        """What the look that is made now stands for."""
        before, self.at = self.at, now()
        return min(self.at - before, LONGEST_STEP)


class Pace:
    """Says when a look is due, where each is made within it."""

    def __init__(self) -> None:
        self._due = self._began = 0.0

    def due(self) -> bool:
        """Whether it is time."""
        return bool(now() >= self._due)

    def __enter__(self) -> None:
        self._began = thread_time()

    def __exit__(self, *_: object) -> None:
        self._due = now() + REST * (thread_time() - self._began)
