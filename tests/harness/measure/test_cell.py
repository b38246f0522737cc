"""A cell within a block: how many rounds it has, what ends it, and what is kept of it."""

from __future__ import annotations

import functools
import math
from typing import Any

import pytest

from harness.errors import Interrupted
from harness.measure.cell import Cell, Looked, Place, status_of
from harness.process.channel import Failure, PeerEnded
from harness.record.sample import At
from tests.harness.measure.fake import Fake, FakeWorker

PLACE = Place(0, 1, 3)


def cell(warm: float | None = None, most: int | None = None, **broken: Failure) -> Cell:
    """One whose warm-up took so many seconds, if there was any."""
    driver = FakeWorker(Fake(**broken), PLACE, math.log(warm or 1.0))
    driver.most_rounds = most
    made = Cell(PLACE, driver, lambda: 12.5)
    if warm is not None:
        made.round("warmup")
    return made


@pytest.mark.parametrize(
    ("warm", "precise", "rounds"),
    [
        (1.0, False, 1),
        (0.1, False, 1),
        (0.06, False, 2),
        (0.001, False, 2),
        (1.0, True, 1),
        (0.13, True, 2),
        (0.05, True, 5),
        (0.001, True, 8),
        (None, False, 1),  # it did not get that far
    ],
)
def test_a_sample_has_as_many_rounds_as_fill_a_while(warm: float | None, precise: bool, rounds: int) -> None:
    assert cell(warm).wanted(None, precise) == rounds
    assert cell(warm).wanted(5, precise) == 5


@pytest.mark.parametrize(("most", "asked", "rounds"), [(1, None, 1), (1, 7, 1), (9, 7, 7), (None, 7, 7)])
def test_no_more_rounds_are_run_than_say_something_new(most: int | None, asked: int | None, rounds: int) -> None:
    assert cell(0.001, most).wanted(asked) == rounds


def test_its_rounds_are_kept_by_their_kind_and_its_last_warm_up_says_what_it_costs() -> None:
    made = cell()
    assert made.warm_seconds == math.inf
    took = [made.round(kind, position) for position, kind in enumerate(("warmup", "timed", "timed", "observed"))]
    kept = made.sample()
    assert ([one.position for one in kept.warmups], [one.position for one in kept.rounds]) == ([0], [1, 2])
    assert kept.observed
    assert kept.observed.position == 3
    assert {one.at_seconds for one in (*kept.warmups, *kept.rounds, kept.observed)} == {12.5}
    assert (took, made.warm_seconds) == ([1.0] * 4, 1.0)
    assert (kept.group, kept.strategy, kept.block, kept.arm, kept.status) == (*PLACE, "ok")


def test_a_kind_that_its_driver_has_not_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made = cell(1.0)
    monkeypatch.setattr(FakeWorker, "round", lambda *_: None)
    assert made.round("observed") == 0.0
    assert made.running
    assert made.sample().observed is None


@pytest.mark.parametrize(
    ("status", "kept"), [("usage", "failed"), ("timeout", "timeout"), ("unsupported", "unsupported")]
)
def test_a_failure_ends_it_and_is_what_came_of_it(status: Any, kept: str) -> None:
    failure = Failure(status, "it broke", traceback="T", places={"jobs.py:3 in task": 2})
    made = cell(1.0, timed=failure)
    assert (made.running, made.warm_seconds) == (True, 1.0)
    assert made.round("timed") == 0.0
    assert (made.running, made.warm_seconds) == (False, math.inf)
    assert made.round("warmup") == 0.0, "nothing is asked of it any more"
    made.leave()
    one = made.sample()
    assert (one.status, one.reason, one.traceback, one.peer_ended) == (kept, "it broke", "T", False)
    assert (one.places, one.left, len(one.warmups), len(one.rounds)) == ([At("jobs.py:3 in task", 2)], {}, 1, 0)
    assert status_of(failure) == kept


def test_that_its_other_end_ended_is_no_fault_of_its_own() -> None:
    made = cell(1.0, timed=PeerEnded("the peer", Failure("failed", "killed")))
    made.round("timed")
    assert made.sample().peer_ended
    assert not cell(1.0).sample().peer_ended


@pytest.mark.parametrize(
    ("failure", "interrupted", "whole"),
    [(None, None, True), (Failure("failed", "x"), None, False), (None, Interrupted(2), False)],
)
def test_a_round_is_whole_that_neither_failed_nor_was_interrupted(
    failure: Failure | None, interrupted: Interrupted | None, whole: bool
) -> None:
    assert Looked({}, 1.0, failure, interrupted).whole == whole


def test_it_keeps_what_its_rounds_left_and_what_outlived_its_workers() -> None:
    made, twin = cell(1.0), cell(1.0)
    twin.round("observed")
    made.watched(twin)
    made.leave()
    kept = made.sample()
    assert kept.left == {"threads": 1}
    assert kept.observed == twin.sample().observed
    assert len(kept.left_behind) == 2


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"client": ["a", "b"]}, "facts: client: expected `str | null`, got `array`"),
        ({"libraries": {"greenlet": None}}, "facts: libraries[...]: expected `str`, got `null`"),
        ({"odd": functools.reduce(lambda held, _: [held], range(100_000), [])}, "sample: what it holds is nested too"),
    ],
    ids=["client", "libraries", "deep"],
)
def test_what_nobody_could_read_again_is_not_kept(
    said: dict[str, Any], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = cell(1.0)
    monkeypatch.setattr(FakeWorker, "ready", lambda _: said)
    made.prepared()
    kept = made.sample()
    assert (kept.group, kept.strategy, kept.block, kept.arm, kept.status, kept.facts, kept.warmups) == (
        *PLACE,
        "failed",
        {},
        [],
    )
    assert kept.reason
    assert kept.reason.startswith(f"its answer was unusable: {reason}")
    assert len(kept.left_behind) == 1
