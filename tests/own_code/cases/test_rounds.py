"""Rounds that are not alike have no verdict, and the row says what they took."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.builders import LOOK

Measured = Callable[..., dict[str, dict[str, dict[str, Any]]]]
Said = Callable[[dict[str, Any]], str]
UNLIKE = "used_up cached warmed written grows inserts"
THREE = ("--blocks", "2", "-r", "3", "-w", "1", "--tasks", "5")


@pytest.mark.slow
def test_work_that_the_first_round_used_up_is_said(measured: Measured, said: Said) -> None:
    found = measured("rounds.py", f"{UNLIKE} steady", "sequential", *THREE)
    silent = {name for name in UNLIKE.split() if "round" not in said(found[name]["sequential"])}
    assert not silent
    assert "round" not in said(found["steady"]["sequential"])


@pytest.mark.alone  # one round says it where the worker was never pre-empted
def test_a_look_at_one_round_says_it_as_well(measured: Measured, said: Said) -> None:
    found = measured("rounds.py", "cached warmed written", "threads,asyncio", *LOOK, "--tasks", "5")
    silent = {
        (name, row["strategy"]) for name, rows in found.items() for row in rows.values() if "round" not in said(row)
    }
    assert not silent


def test_what_is_not_alike_has_no_verdict(measured: Measured) -> None:
    (found,) = measured(
        "rounds.py", "cached", "sequential,threads", "--blocks", "7", "-r", "1", "--tasks", "3"
    ).values()
    assert (found["threads"].get("ratio") or {}).get("verdict") in (None, "undecided")


@pytest.mark.alone  # it is about times, which others beside it would change
def test_fresh_measures_one_round_in_each_worker(measured: Measured) -> None:
    (found,) = measured(
        "rounds.py", "cached", "sequential,threads", "--fresh", "--blocks", "1", "--tasks", "3"
    ).values()
    assert found["sequential"]["wall_seconds"]["median"] >= 0.15
    assert 0.05 <= found["threads"]["wall_seconds"]["median"] < 0.15
