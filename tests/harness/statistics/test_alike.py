"""Rounds that are not alike, in samples that nobody measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.document.make import document
from harness.gate import decide
from harness.record.sample import Record, Round, Sample
from harness.report.table import tables
from harness.statistics import alike
from tests.builders import JITTER, header, sample, samples
from tests.records import gated


def round_of(wall: float, cpu: float = 0.0, **counts: int) -> Round:
    """A round that waited, unless some of it was computed."""
    made = sample(0, 0, wall).rounds[0]
    about = {"voluntary": 1, "involuntary": 0} | counts
    return msgspec.structs.replace(made, cpu_user_seconds=cpu, cpu_system_seconds=0.0, **about)


def worker(block: int, walls: Sequence[float], warm: int = 1, cpu: float = 0.0, **counts: int) -> Sample:
    """A worker whose rounds took so long (a share of it computing), of which the first are warm-ups."""
    rounds = [
        msgspec.structs.replace(round_of(wall, wall * cpu, **counts), position=place)
        for place, wall in enumerate(walls)
    ]
    return msgspec.structs.replace(sample(0, block, 1.0), warmups=rounds[:warm], rounds=rounds[warm:], observed=None)


def said(walls: Sequence[float], blocks: int = 8, **about: Any) -> str:
    taken = [worker(block, [wall * (1 + JITTER[block % 8]) for wall in walls], **about) for block in range(blocks)]
    return alike.remarks({0: taken}).get(0, "")


@pytest.mark.parametrize("blocks", [1, 2, 3, 8])
def test_work_that_the_first_round_did_alone_is_told_with_both_times(blocks: int) -> None:
    text = said([0.05, 12e-6, 12e-6], blocks)
    assert text.startswith("its first round took 50 ms, later ones 12 us: work that was done before is not done again")
    assert text.endswith("--fresh measures one round in each worker")


@pytest.mark.parametrize("blocks", [1, 3, 8])
def test_work_that_lasted_for_two_rounds_is_found_as_well(blocks: int) -> None:
    assert said([0.05, 0.05, 12e-6], blocks).startswith("each of its first 2 rounds took 50 ms, later ones 12 us")


@pytest.mark.parametrize("blocks", [1, 3, 8])
def test_a_computation_that_is_done_once_is_found(blocks: int) -> None:
    assert "first round took 112 ms, later ones 15.6 ms" in said([0.112, 0.0156], blocks, cpu=1.0, involuntary=9)


@pytest.mark.parametrize("blocks", [1, 2])
def test_a_wait_that_threads_did_once_is_found_though_all_of_their_rounds_switch(blocks: int) -> None:
    slow, quick = (
        round_of(0.051, 0.0012, voluntary=22, involuntary=15),
        round_of(0.0035, 0.0007, voluntary=12, involuntary=11),
    )
    taken = [msgspec.structs.replace(worker(block, [1.0]), warmups=[slow], rounds=[quick]) for block in range(blocks)]
    assert "first round took 51 ms, later ones 3.5 ms" in alike.remarks({0: taken})[0]


@pytest.mark.parametrize("later", [[0.027, 0.0006], [0.0006, 0.027]])
def test_a_later_round_that_was_delayed_does_not_hide_a_wait_that_was_done_once(later: list[float]) -> None:
    said_of = said([0.058, *later], 1, voluntary=12, involuntary=9)
    assert said_of.startswith("its first round took 58 ms, a later one 600 us: work that was done before")


def test_what_one_row_shows_is_believed_of_another_by_the_clock_alone() -> None:
    asyncio = [worker(0, [0.251, 0.0001, 0.0002], voluntary=5)]
    threads = [worker(0, [0.0506, 0.008, 0.0149], voluntary=20, involuntary=9)]
    steady = [worker(0, [0.05, 0.045, 0.06])]
    assert alike.remarks({0: threads, 1: steady}) == {}
    said = alike.remarks({0: threads, 1: steady, 2: asyncio})
    assert sorted(said) == [0, 2]
    assert said[0].startswith("its first round took 50.6 ms, a later one 8 ms: work that was done before")


@pytest.mark.parametrize("walls", [[0.0265, 0.0007, 0.0007], [0.19, 0.0225, 0.0225], [0.0007, 0.03, 0.0007]])
def test_a_round_of_ours_that_neighbours_delayed_is_no_remark(walls: list[float]) -> None:
    assert not said(walls, 1, involuntary=9)


@pytest.mark.parametrize(("blocks", "walls"), [(2, [0.06, 0.16, 0.26, 0.36]), (1, [0.06, 0.08, 0.1, 0.11, 0.12, 0.13])])
def test_waits_that_grow_from_each_round_to_the_next_are_found_in_few_workers(blocks: int, walls: list[float]) -> None:
    assert "grow slower, from 60" in said(walls, blocks, voluntary=5)
    assert "grow quicker" in said([walls[0], *reversed(walls)], blocks, voluntary=5)
    assert not said([walls[1], walls[0], *walls[2:]], blocks, voluntary=5)


def test_few_rounds_that_happened_to_be_in_order_prove_nothing() -> None:
    assert not said([0.06, 0.16, 0.26], 2)
    assert not said([0.06, 0.16, 0.26, 0.36], 1)
    assert not said([0.060, 0.065, 0.070, 0.075], 2)


@pytest.mark.parametrize("blocks", [1, 3, 8])
def test_rounds_that_leave_more_to_do_grow_slower(blocks: int) -> None:
    text = said([0.01, 0.03, 0.05], blocks, cpu=1.0)
    assert text.startswith("its rounds grow slower, from 10 ms (the first) to 50 ms (the last)")


def test_a_little_growth_is_found_where_all_workers_agree() -> None:
    assert "grow slower" in said([0.01, 0.0115, 0.013], 10)
    assert not said([0.01, 0.0115, 0.013], 5)


def test_a_little_less_each_time_is_found_where_all_workers_agree() -> None:
    assert "grow quicker, from 13 ms (the second) to 10 ms (the last)" in said([0.013, 0.013, 0.01], 10)


def test_what_differs_at_one_place_of_every_worker_is_found() -> None:
    assert "round 2 took 50 ms, round 1 1 ms" in said([0.001, 0.05, 0.001])


@pytest.mark.parametrize(
    "walls",
    [
        [0.0014, 0.0012, 0.0012],
        [0.005, 0.0012, 0.0012],  # an import on the first connection
        [0.026, 0.02, 0.021],
        [0.5, 0.5, 0.5],
        [300e-6, 10e-6, 10e-6],  # threads' first
    ],
)
@pytest.mark.parametrize("blocks", [1, 2, 3, 8, 20])
def test_warming_up_is_no_remark(walls: list[float], blocks: int) -> None:
    assert not said(walls, blocks)
    assert not said(walls, blocks, cpu=1.0)


def test_a_first_round_that_was_kept_from_the_processor_proves_nothing() -> None:
    assert not said([0.0415, 0.013, 0.013], 1, cpu=0.3, voluntary=0, involuntary=7)


def test_one_worker_of_many_that_was_disturbed_proves_nothing() -> None:
    taken = [worker(block, [0.02, 0.02, 0.02]) for block in range(8)]
    taken[3] = worker(3, [0.9, 0.02, 0.02])
    assert not alike.remarks({0: taken})


def test_the_watched_round_shows_what_a_run_without_warm_up_left_undone() -> None:
    watched = sample(0, 0, 12e-6).observed
    assert watched
    taken = [msgspec.structs.replace(worker(0, [0.05], warm=0), observed=msgspec.structs.replace(watched, voluntary=0))]
    assert "first round took 50 ms, later ones 12 us" in alike.remarks({0: taken})[0]


def test_what_a_worker_leaves_to_later_workers_is_told_in_every_row() -> None:
    wrote = [worker(0, [0.1, 30e-6]), *(worker(block, [33e-6, 30e-6]) for block in range(1, 8))]
    found = [worker(block, [40e-6, 40e-6]) for block in range(8)]
    for fresh in (False, True):
        said = alike.remarks({0: wrote, 1: found}, fresh)
        assert said[0].startswith("its first worker began with a round of 100 ms, later workers with 33 us")
        assert said[1] == alike.FOUND_DONE


def test_a_fresh_run_is_not_told_to_be_fresh() -> None:
    taken = [worker(block, [0.05], warm=0) for block in range(8)]
    assert alike.remarks({0: taken}, fresh=True) == {}


@given(st.integers(1, 20), st.integers(1, 4), st.floats(1e-6, 10.0), st.randoms(use_true_random=False))
def test_rounds_of_the_same_work_are_never_remarked(blocks: int, rounds: int, wall: float, random: Any) -> None:
    taken = [worker(block, [wall * random.uniform(0.95, 1.05) for _ in range(rounds + 1)]) for block in range(blocks)]
    assert not alike.remarks({0: taken})


def uneven(strategy: int) -> Record:
    """Eight blocks in which one of two rows is slow in its first round alone."""
    taken = [
        msgspec.structs.replace(one, warmups=[round_of(50 * one.rounds[0].wall_seconds)])
        if one.strategy == strategy
        else one
        for one in samples(0.5)
    ]
    return Record(header(), taken, None)


def test_a_row_whose_rounds_are_not_alike_has_its_remark_and_no_verdict() -> None:
    reference, row = document(uneven(1)).groups[0].rows
    assert "its first round took 25 s" in row.warnings[0]
    assert (row.ratio.verdict, row.ratio.reason) == ("undecided", "withheld: its rounds were not alike")
    assert not any("first round" in text for text in reference.warnings)
    assert "gevent: its first round took 25 s" in tables(document(uneven(1)))


def test_no_verdict_stands_against_a_reference_whose_rounds_are_not_alike() -> None:
    reference, row = document(uneven(0)).groups[0].rows
    assert "its first round took 50 s" in reference.warnings[0]
    assert row.ratio.reason == "withheld: the rounds of the reference were not alike"


def test_a_gate_does_not_pass_what_was_done_once() -> None:
    made = gated(1.0)
    slow = [
        msgspec.structs.replace(one, warmups=[round_of(50.0)]) if one.strategy == 1 else one for one in made.samples
    ]
    decided = decide.decide(msgspec.structs.replace(made, samples=slow), "time", lambda workload, strategy: 0.3)[0]
    assert decided.outcome == "undecided"
    assert (decided.reason or "").startswith("gevent@candidate: its first round took 50 s")
    assert decide.decide(made, "time", lambda workload, strategy: 0.3)[0].outcome == "pass"
