"""A few of the states of a disk that lost its power: the program tries ten times as many
(`python -m tests.benchmarks.power_loss`)."""

from __future__ import annotations

import pytest

from tests.benchmarks.power_loss import Found, tried


def test_what_was_acknowledged_is_there_when_the_power_has_failed() -> None:
    found = tried(1000)
    assert found == Found(absent=found.absent)


@pytest.mark.parametrize("call", ["fdatasync", "fsync"])
def test_it_would_not_be_without_each_call_that_has_a_disk_sync(call: str) -> None:
    assert tried(50, call).lost
