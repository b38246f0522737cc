from harness.measure.cell import Looked
from harness.measure.looked import both
from harness.process.channel import Failure

FIRST = Looked({"why": {"lines": 1, "waits": 1, "executors": 1, "network": 1, "held": 1}}, 3.0)


def test_what_being_looked_into_changes_is_of_the_second_round() -> None:
    second = Looked({"why": {"waits": 2, "executors": 2, "network": 2, "held": 2}}, 1.0)
    assert both(FIRST, second) == FIRST._replace(
        seen={"why": {"lines": 1, "waits": 2, "executors": 2, "network": 2, "held": 1}}
    )


def test_a_second_round_that_fails_is_none() -> None:
    assert both(FIRST, Looked({}, 1.0, Failure("failed", "it was done already"))) == FIRST
