"""A block of a group depends on nothing but what it is told: here, there and later it is the same."""

from __future__ import annotations

import msgspec

from harness.measure.ledger import Ledger
from harness.measure.run import Measurement
from harness.measure.unit import Unit, measure
from harness.process.channel import Failure
from harness.record.plan import Plan
from harness.record.sample import Line, Sample
from tests.builders import plan
from tests.harness.measure.fake import Fake

PLAN: Plan = msgspec.structs.replace(plan(), blocks=4, rounds=3)


def alone(unit: Unit, fake: Fake, made: Plan = PLAN) -> list[Sample]:
    kept: list[Sample] = []
    measure(made, unit, fake, kept.append, Ledger(), lambda text: None)
    return kept


def turns(fake: Fake, block: int) -> list[tuple[int, str]]:
    """Strategy and arm of the timed rounds of a block, in their order."""
    return [(place.strategy, place.arm) for place, kind, _ in fake.rounds if kind == "timed" and place.block == block]


def test_its_order_follows_from_seed_group_and_block_alone() -> None:
    whole = Fake()
    lines: list[Line] = []
    Measurement(PLAN, lines, lambda text: None, whole).run()
    null = next(one.strategy for one in lines if isinstance(one, Sample) and one.arm == "null")
    for block in (3, 1):
        again = Fake()
        alone(Unit(0, block, [0, 1], null), again)
        assert turns(again, block) == turns(whole, block)
    assert len({tuple(turns(whole, block)) for block in range(1, 4)}) > 1


def test_another_group_of_the_same_block_has_another_order() -> None:
    two = msgspec.structs.replace(PLAN, groups=[PLAN.groups[0], msgspec.structs.replace(PLAN.groups[0], tasks=20)])
    found = []
    for group in (0, 1):
        fake = Fake()
        alone(Unit(group, 1, [0, 1], 1), fake, msgspec.structs.replace(two, rounds=8))
        found.append(turns(fake, 1))
    assert found[0] != found[1]


def test_the_null_arm_is_chosen_where_that_is_asked_for() -> None:
    assert [one.arm for one in alone(Unit(0, 0, [0, 1], chooses=True), Fake())] == ["row", "row", "null"]
    assert [one.arm for one in alone(Unit(0, 0, [0, 1]), Fake())] == ["row", "row"]
    assert [one.arm for one in alone(Unit(0, 0, [1], chooses=True), Fake())] == ["row"]


def test_what_has_no_other_end_is_a_sample_for_each_of_its_workers() -> None:
    kept = alone(Unit(0, 2, [0, 1], 1), Fake(peer=Failure("failed", "no peer")))
    assert [(one.strategy, one.arm, one.block, one.reason) for one in kept] == [
        (0, "row", 2, "no peer"), (1, "row", 2, "no peer"), (1, "null", 2, "no peer"),
    ]  # fmt: skip
