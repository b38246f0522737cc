"""What a run left out to end in time, and what it could not decide."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.document.make import document
from harness.record.plan import PlannedStrategy, Variant
from harness.record.sample import End, Record
from tests.builders import JITTER, plan, sample
from tests.records import END, client, gated, record


def left_out(one: Record, end: End = END, **changes: Any) -> list[str]:
    header = msgspec.structs.replace(one.header, plan=msgspec.structs.replace(one.header.plan, **changes))
    return document(msgspec.structs.replace(one, header=header, end=end)).left_out


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"blocks": 20, "max_time": 15.0}, ["12 of the 20 blocks: --max-time 30 has room"]),
        ({"blocks": 20, "max_time": None}, []),
        ({"blocks": 8, "max_time": 15.0}, []),
        ({"blocks": 20, "max_time": 15.0, "count": "instructions"}, ["12 of the 20 blocks: --max-time 30 has room"]),
        (
            {"blocks": 320, "max_time": 15.0, "precision": 1e-6},
            ["--precision 1e-06 was not reached by 8 blocks in 15 s (--max-time)"],
        ),
        ({"blocks": 8, "precision": 1e-6}, ["--precision 1e-06 was not reached by 8 blocks"]),
        ({"blocks": 8, "max_time": 15.0, "precision": 0.5}, []),
    ],
    ids=str,
)
def test_a_run_that_ended_before_it_had_what_was_asked_for_says_so(changes: dict[str, Any], said: list[str]) -> None:
    assert left_out(client(), **changes) == said


def test_an_interrupted_run_and_a_gate_are_not_out_of_time() -> None:
    assert left_out(client(), End("interrupted", 8, {"all": 1.0}), blocks=20, max_time=15.0) == []
    arms = [msgspec.structs.replace(one, variant=Variant(name, "path:.")) for one, name in arms_of_a_gate()]
    assert left_out(gated(), strategies=arms, precision=1e-6, blocks=80, max_time=300.0) == []


def arms_of_a_gate() -> list[tuple[PlannedStrategy, str]]:
    return list(zip(gated().header.plan.strategies, ("base", "candidate"), strict=True))


@pytest.mark.parametrize(("rows", "said"), [(25, []), (26, ["sleep: 25 comparisons need 11 blocks"])])
def test_more_comparisons_than_all_blocks_can_decide_are_said(rows: int, said: list[str]) -> None:
    strategies = [PlannedStrategy(f"s{place}", "a:B") for place in range(rows)]
    made = msgspec.structs.replace(plan(), strategies=strategies, reference="s0", blocks=10, settle=True)
    taken = [sample(place, block, 1.0 + jitter) for place in range(rows) for block, jitter in enumerate(JITTER)]
    found = left_out(record(made, taken), blocks=10)
    assert [text.partition(",")[0] for text in found] == said
