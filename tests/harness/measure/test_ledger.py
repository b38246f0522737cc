"""What the seconds of a run go into, by a clock of our own."""

from __future__ import annotations

import contextlib

import pytest

from harness.measure import ledger
from harness.measure.ledger import Ledger


class Clock:
    """It goes on only where somebody says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(ledger.time, "monotonic", made)
    return made


def test_what_is_booked_nowhere_else_is_ours(clock: Clock) -> None:
    books = Ledger()
    for seconds in (2.0, 3.0):
        with books.spend("starts"):
            clock.now += seconds
    with contextlib.suppress(ZeroDivisionError), books.spend("rounds"):
        clock.now += 0.5
        raise ZeroDivisionError
    clock.now += 4.0
    assert books.elapsed() == 9.5
    assert books.closed() == {
        "starts": 5.0, "warm-ups": 0.0, "rounds": 0.5, "observed": 0.0, "counting": 0.0, "ours": 4.0, "all": 9.5,
    }  # fmt: skip


def test_a_run_that_goes_on_has_the_books_of_then_and_closes_its_own(clock: Clock) -> None:
    books = Ledger({"starts": 2.0, "rounds": 6.0, "ours": 50.0, "all": 10.0}, 10.0)
    clock.now += 5.0
    with books.spend("starts"):
        clock.now += 1.0
    assert books.elapsed() == 16.0
    closed = books.closed()
    assert (closed["starts"], closed["rounds"], closed["ours"], closed["all"]) == (3.0, 6.0, 7.0, 16.0)


def test_rounds_that_took_more_than_passed_leave_nothing_of_ours_and_no_debt(clock: Clock) -> None:
    books = Ledger()
    books.seconds["rounds"] += 8.0
    clock.now += 3.0
    assert (books.closed()["ours"], books.closed()["all"]) == (0.0, 3.0)
