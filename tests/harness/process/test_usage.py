"""What a process used between two looks at it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from harness.process import usage


def look(seconds: float, user: int, system: int, voluntary: int = 0) -> dict[str, Any]:
    ticks = {"user_ticks": user, "system_ticks": system}
    return {"cpu_seconds": seconds, **ticks, "voluntary": voluntary, "involuntary": 0}


@pytest.mark.parametrize(
    ("before", "after", "user", "system"),
    [
        (look(0.1, 10, 0), look(0.14, 10, 4), 0.0, 0.04),  # as a share of all it would be -0.02
        (look(0.1, 0, 10), look(0.14, 3, 11), 0.03, 0.01),
        (look(0.1, 7, 3), look(0.11, 7, 3), 0.007, 0.003),  # less than a tick
        (look(0.0, 0, 0), look(0.004, 0, 0), 0.004, 0.0),
    ],
)
def test_ticks_say_the_share_of_the_system_of_what_was_used_meanwhile(
    before: dict[str, Any], after: dict[str, Any], user: float, system: float
) -> None:
    said = usage.between(before, after)
    assert (said["cpu_user_seconds"], said["cpu_system_seconds"]) == pytest.approx((user, system))


def test_several_processes_are_one_sum() -> None:
    both = usage.summed([look(0.1, 1, 2, voluntary=3), look(0.4, 5, 6, voluntary=7)])
    assert both == look(0.5, 6, 8, voluntary=10)


def test_descriptors_of_what_has_ended_are_none() -> None:
    gone: Any = SimpleNamespace(pid=1 << 30)
    assert usage.descriptors(gone) == 0


def test_switches_of_a_thread_that_has_ended_make_no_number_below_0() -> None:
    assert usage.between(look(0.1, 0, 0, voluntary=9), look(0.2, 0, 0, voluntary=4))["voluntary"] == 0
