"""Rounds under several strategies at the same time, with workers of our own."""

from __future__ import annotations

import time
from typing import Any

from harness.measure.sized import Sized
from harness.process.channel import Failure


class Slow:
    """A worker that is done with a round so many seconds after it was asked for it."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.due, self.allowed = seconds, 0.0, 0.0

    def begin_sized(self, tasks: int, concurrency: int) -> None:
        self.due = time.monotonic() + self.seconds

    def has_ended(self, seconds: float) -> bool:
        time.sleep(min(seconds, max(0.0, self.due - time.monotonic())))
        return time.monotonic() >= self.due

    def sized_ended(self, seconds: float) -> str:
        self.allowed = seconds
        if not self.has_ended(seconds):
            raise Failure("timeout", "no answer")
        return "a round"


class Failing(Slow):
    """A worker whose round fails."""

    def sized_ended(self, seconds: float) -> str:
        raise Failure("failed", "ValueError: no")


def test_who_is_far_slower_than_the_quickest_is_waited_for_no_longer() -> None:
    drivers: dict[str, Any] = {"slow": Slow(60.0), "quick": Slow(0.05), "second": Slow(0.1)}
    workers = Sized(drivers, {})
    assert set(workers.rounds(drivers, 4, 4, 60.0, patience=2.0)) == {"quick", "second"}
    assert (set(workers.lost), workers.names) == ({"slow"}, ["quick", "second"])


def test_all_together_may_take_the_seconds_of_one() -> None:
    drivers: dict[str, Any] = {name: Slow(60.0) for name in "abc"}
    Sized(drivers, {}).rounds(drivers, 1, 1, 0.3)
    assert sum(one.allowed for one in drivers.values()) < 0.6


def test_who_fails_at_once_is_not_the_quickest() -> None:
    drivers: dict[str, Any] = {"fails": Failing(0.0), "good": Slow(0.5), "second": Slow(0.6)}
    workers = Sized(drivers, {})
    assert set(workers.rounds(drivers, 1, 1, 60.0, patience=2.0)) == {"good", "second"}
    assert {name: failure.status for name, failure in workers.lost.items()} == {"fails": "failed"}
    assert not Sized({"fails": drivers["fails"]}, {}).rounds(["fails"], 1, 1, 60.0, patience=2.0)
