import pytest

from harness.measure.cell import Looked
from harness.measure.looked import both
from harness.process.channel import Failure

LINES = {"overhead": 0.5, "preempted": 0.25, "threads": {"overhead": 0.25}}
FIRST = Looked({"why": {"lines": LINES, "waits": 1, "executors": 1, "network": 1, "held": 1}}, 3.0)


def test_what_being_looked_into_changes_is_of_the_second_round() -> None:
    second = Looked({"why": {"waits": 2, "executors": 2, "network": 2, "again": 2, "held": 2}}, 1.0)
    assert both(FIRST, second) == FIRST._replace(
        seen={"why": {"lines": LINES, "waits": 2, "executors": 2, "network": 2, "again": 2, "held": 1}}
    )


@pytest.mark.parametrize("second", [Looked({}, 1.0, Failure("failed", "it was done already")), Looked({}, 0.9)])
def test_a_second_round_that_fails_or_does_less_is_none(second: Looked) -> None:
    assert both(FIRST, second) == FIRST
