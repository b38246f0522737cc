"""What a gate asks for and what it makes of the answer, where somebody else measures."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from harness import api
from harness.errors import HarnessError
from harness.gate import check, grown, shards
from harness.record.plan import Plan
from harness.record.sample import Record
from tests.records import gated

Asked = dict[str, Any]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What was asked for. What is measured is `record` in it: a candidate that is 10 % worse, where nobody says."""
    seen: Asked = {"record": gated(1.1, count=True)}

    @contextlib.contextmanager
    def of(*_: Any, **sizes: Any) -> Iterator[object]:
        seen["sizes"] = sizes
        yield "a request"

    @contextlib.contextmanager
    def planned(*_: Any) -> Iterator[Plan]:
        plan: Plan = seen["record"].header.plan
        yield msgspec.structs.replace(plan, blocks=seen["sizes"]["blocks"] or plan.blocks)

    def kept(plan: Plan, *given: Any, resumed: Any, **_: Any) -> Record:
        seen.update(plan=plan, resumed=resumed, enough=given[-1])
        record: Record = seen["record"]
        return record

    for name, fake in (("asked", of), ("planned", planned), ("kept", kept)):
        monkeypatch.setattr(api, name, fake)
    monkeypatch.setattr(grown, "told", lambda gate, plan, count: msgspec.structs.replace(gate, remarks=["it grew"]))
    return seen


def test_nothing_that_nobody_asked_for_is_asked(asked: Asked) -> None:
    check.check("git:main")
    sizes = asked["sizes"]
    assert sizes.pop("variants") == ("base=git:main", "candidate=path:.")
    assert (sizes.pop("max_time"), sizes.pop("precision")) == (300.0, 0.5)
    assert {name for name, value in sizes.items() if value not in (None, False)} == set()
    assert asked["resumed"] is None


@pytest.mark.parametrize(
    ("metric", "rounds", "wanted"),
    [("instructions", None, ("instructions", 1)), ("instructions", 4, ("instructions", 4)), ("time", 4, (None, 4))],
)
def test_what_is_counted_is_counted_once_where_nobody_says(
    asked: Asked, metric: str, rounds: int | None, wanted: tuple[str | None, int]
) -> None:
    check.check("git:main", metric=metric, rounds=rounds)
    assert (asked["sizes"].get("count"), asked["sizes"]["rounds"]) == wanted


@pytest.mark.parametrize(
    ("metric", "blocks", "every"),
    [("time", None, shards.BLOCKS), ("instructions", None, shards.COUNTED_BLOCKS), ("time", 24, 24)],
)
def test_a_shard_measures_its_share_of_all_blocks_whatever_comes_out(
    asked: Asked, metric: str, blocks: int | None, every: int
) -> None:
    said = check.check("git:main", metric=metric, blocks=blocks, shard="2/3")
    assert (asked["sizes"]["blocks"], asked["plan"].blocks) == (every, shards.Share(2, 3).blocks(every))
    assert said.shard
    assert (said.shard.number, said.shard.of, said.shard.blocks) == (2, 3, every)
    assert {one.outcome for one in said.cells} == {"undecided", "new"}
    assert not asked["enough"](asked["plan"], asked["record"].samples, every)


def test_a_whole_gate_ends_once_it_is_decided(asked: Asked) -> None:
    said = check.check("git:main")
    assert said.shard is None
    assert said.outcome == "regression"
    assert asked["enough"](asked["plan"], asked["record"].samples, 8)


@pytest.mark.parametrize("blocks", [None, 24])
def test_the_most_blocks_are_those_that_somebody_asked_for(asked: Asked, blocks: int | None) -> None:
    check.check("git:main", blocks=blocks)
    assert asked["plan"].blocks == (blocks or 80)


def test_functions_are_counted_where_both_versions_are_at_hand(asked: Asked) -> None:
    here = check.check("git:main", metric="instructions")
    elsewhere = check.check("git:main", metric="instructions", on="ssh://h1")
    assert here.remarks == ["it grew"]
    assert elsewhere.remarks[-1] == check.UNNAMED


@pytest.mark.parametrize(("shard", "on"), [("1/2", None), (None, "ssh://h1"), ("1/2", "ssh://h1")])
def test_blocks_are_spread_over_jobs_or_over_hosts(asked: Asked, shard: str | None, on: str | None) -> None:
    both = pytest.raises(HarnessError, match="leave one out") if shard and on else contextlib.nullcontext()
    with both:
        check.check("git:main", shard=shard, on=on)
