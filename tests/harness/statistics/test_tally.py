"""How many failed, in words."""

from __future__ import annotations

from harness.statistics.tally import how_many, together


def test_failures_of_one_kind_are_told_with_their_cause() -> None:
    assert how_many({"ValueError: no at jobs.py:3": 5}, 1500) == "5 of 1,500 failed: ValueError: no at jobs.py:3"


def test_kinds_are_counted_apart_the_most_frequent_first() -> None:
    assert how_many({"A": 1, "B": 4, "C": 2}, 10) == "7 of 10 failed: 4 B; 2 C; 1 A"


def test_rare_kinds_are_only_counted() -> None:
    assert how_many({"A": 9, "B": 8, "C": 7, "D": 2, "E": 1}, 50) == "27 of 50 failed: 9 A; 8 B; 7 C; 3 in other ways"


def test_rounds_add_up() -> None:
    assert list(together([{"A": 1}, {}, {"B": 3, "A": 1}]).items()) == [("B", 3), ("A", 2)]
