"""What a run does when, with an executor of our own in place of processes."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from harness.measure.cell import Driver, Place
from harness.measure.cores import cpus
from harness.measure.processes import Start
from harness.measure.run import Measurement
from harness.measure.schedule import looks_of
from harness.measure.unit import Unit
from harness.process.channel import Failure, PeerEnded
from harness.record.plan import Pin, Plan, PlannedGroup, PlannedStrategy
from harness.record.sample import Cut, Host, Line, Looks, Sample, parted
from harness.statistics.flat import bound, fewest
from harness.statistics.verdicts import of_group
from tests.builders import plan, sample
from tests.harness.measure.fake import Fake


class Lines(list[Line]):
    """Where samples go."""


def measured(fake: Fake, **changes: Any) -> tuple[Measurement, list[Sample]]:
    lines = Lines()
    run = Measurement(msgspec.structs.replace(plan(), **changes), lines, lambda text: None, fake)
    run.run()
    return run, [line for line in lines if isinstance(line, Sample)]


def blocks(deviation: float, **changes: Any) -> int:
    return measured(Fake(deviation), **changes)[0].blocks


def test_a_precise_run_stops_at_the_first_block_that_can_be_enough() -> None:
    assert blocks(0.001, blocks=40, precision=0.01) == fewest(bound(40, 0.025))


def test_a_noisy_run_goes_on_for_longer() -> None:
    assert fewest(bound(40, 0.025)) < blocks(0.06, blocks=40, precision=0.05) < 40


def test_what_cannot_be_reached_ends_with_the_blocks() -> None:
    assert blocks(1.0, blocks=40, precision=0.0001) == 40


@pytest.mark.parametrize("deviation", [0.0001, 1.0])
def test_without_a_precision_the_blocks_are_as_many_as_asked(deviation: float) -> None:
    assert blocks(deviation, blocks=12) == 12


def test_how_many_blocks_there_may_be_is_kept_before_anything_is_looked_at() -> None:
    lines = Lines()
    asked: list[tuple[int, int]] = []
    made = msgspec.structs.replace(plan(), blocks=100, max_time=1000.0)

    def enough(plan: Plan, samples: Sequence[Sample], most: int) -> bool:
        assert sum(isinstance(line, Looks) for line in lines) == 1
        asked.append((len({one.block for one in samples}), most))
        return len(asked) == 3

    Measurement(made, lines, lambda text: None, Fake(), enough).run()
    assert asked == [(1, 100), (2, 100), (3, 100)]
    assert [line.most for line in lines if isinstance(line, Looks)] == [100]


@pytest.mark.parametrize(
    ("blocks", "max_time", "first", "most"),
    [
        (320, 300.0, 2.0, 160),
        (320, 300.0, 30.0, 10),
        (320, 300.0, 0.5, 320),
        (12, 300.0, 2.0, 12),
        (12, None, 2.0, 12),
        (320, 1.0, 2.0, 10),
        (1000, 300.0, 0.5, 600),
        (320, 300.0, 15.0, 20),
        (320, 300.0, 14.9, 40),
    ],
)
def test_a_budget_is_what_the_time_holds(blocks: int, max_time: float | None, first: float, most: int) -> None:
    assert looks_of(msgspec.structs.replace(plan(), blocks=blocks, max_time=max_time), first).most == most


def test_there_are_never_more_blocks_than_the_budget() -> None:
    lines = Lines()
    made = msgspec.structs.replace(plan(), blocks=50, max_time=1000.0)
    run = Measurement(made, lines, lambda text: None, Fake(), lambda *_: False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness.measure.standing.looks_of", lambda *_: Looks(3))
        run.run()
    assert run.blocks == 3


def test_a_run_that_does_not_look_has_no_budget() -> None:
    lines = Lines()
    Measurement(msgspec.structs.replace(plan(), blocks=3), lines, lambda text: None, Fake()).run()
    assert not any(isinstance(line, Looks) for line in lines)


def test_there_is_a_mark_before_each_block_and_one_after_the_last() -> None:
    lines = Lines()
    Measurement(msgspec.structs.replace(plan(), blocks=3), lines, lambda text: None, Fake()).run()
    assert [line.block for line in lines if isinstance(line, Host)] == [0, 1, 2, 3]


def test_what_cells_cannot_hold_is_asked_once_before_the_first_block(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Unit] = []
    monkeypatch.setattr("harness.measure.run.piloted", lambda plan, unit, *_: asked.append(unit))
    measured(Fake(), blocks=2, groups=plan().groups * 2)
    assert asked == [Unit(group, 0, [0, 1], chooses=True) for group in (0, 1)]


def test_all_workers_of_a_block_begin_before_any_is_waited_for() -> None:
    fake = Fake()
    measured(fake, blocks=1)
    asked = [(what, place.strategy) for what, place in fake.asked if place.arm == "row"]
    assert asked == [("begin", 0), ("begin", 1), ("ready", 0), ("ready", 1)]


def test_the_rounds_of_a_block_are_interleaved_and_numbered() -> None:
    fake = Fake()
    measured(fake, blocks=1, rounds=3)
    timed = [(place.strategy, position) for place, kind, position in fake.rounds if kind == "timed"]
    assert [position for _, position in timed] == list(range(6))
    assert [{strategy for strategy, _ in timed[at : at + 2]} for at in (0, 2, 4)] == [{0, 1}] * 3


def test_the_order_of_rounds_is_the_seeds() -> None:
    def order(seed: int) -> list[int]:
        fake = Fake()
        measured(fake, blocks=6, rounds=2, seed=seed)
        return [place.strategy for place, kind, _ in fake.rounds if kind == "timed"]

    assert order(7) == order(7) != order(8)


def test_the_null_arm_is_a_second_worker_of_one_cell_in_every_block() -> None:
    _, samples = measured(Fake(), blocks=3)
    nulls = [one for one in samples if one.arm == "null"]
    assert [one.block for one in nulls] == [0, 1, 2]
    assert len({one.strategy for one in nulls}) == 1


def test_the_first_blocks_have_a_watched_round_and_the_null_arm_none() -> None:
    _, samples = measured(Fake(), blocks=5)
    assert {one.block for one in samples if one.observed} == {0, 1, 2}
    assert not any(one.observed for one in samples if one.arm == "null")


def test_a_fresh_run_has_one_round_in_each_worker_and_watches_others() -> None:
    fake = Fake()
    _, samples = measured(fake, blocks=5, rounds=1, warmup=0, fresh=True)
    rows = [one for one in samples if one.arm == "row"]
    assert [(len(one.warmups), len(one.rounds)) for one in samples] == [(0, 1)] * 15
    assert {one.block for one in rows if one.observed} == {0, 1, 2}
    assert len(fake.started) == len(fake.stopped) == len(fake.rounds) == 15 + 2 * 3


def test_a_fresh_run_with_warm_ups_warms_up_each_of_its_workers() -> None:
    fake = Fake()
    measured(fake, blocks=1, rounds=1, warmup=2, fresh=True)
    kinds = [kind for place, kind, _ in fake.rounds if place.strategy == 0]
    assert kinds.count("warmup") == 4
    assert kinds.index("observed") > kinds.index("timed")


def test_a_fresh_row_whose_watched_worker_fails_has_failed() -> None:
    _, samples = measured(Fake(observed=Failure("failed", "no")), blocks=2, rounds=1, warmup=0, fresh=True)
    assert [one.reason for one in samples if one.strategy == 1 and one.arm == "row"] == ["no"]


class OnceOnly(Fake):
    """Starts no second worker of the same row of a block."""

    def _start(self, place: Place) -> Driver:
        if place.strategy == 1 and place in self.started:
            raise Failure("failed", "no more memory")
        return super()._start(place)


def test_a_fresh_row_whose_watched_worker_cannot_be_started_has_failed_and_is_there_once() -> None:
    _, samples = measured(OnceOnly(), blocks=2, rounds=1, warmup=0, fresh=True)
    assert [one.reason for one in samples if one.strategy == 1 and one.arm == "row"] == ["no more memory"]


def test_every_worker_that_was_started_is_stopped() -> None:
    fake = Fake(warmup=Failure("timeout", "no answer"))
    measured(fake, blocks=2)
    assert sorted(fake.started) == sorted(fake.stopped)


SEVERAL = [PlannedStrategy(name, "a:B") for name in ("sequential", "gevent", "threads", "trio")]


def blocks_of(samples: Sequence[Sample]) -> list[int]:
    """How many blocks each strategy was measured in."""
    counted = Counter(one.strategy for one in samples if one.arm == "row")
    return [counted[place] for place in range(len(SEVERAL))]


@pytest.mark.parametrize(
    ("speeds", "expected"),
    [
        ((10, 1, 2, 4), [3, 3, 3, 3]),  # all is plain
        ((10, 1, 1, 4), [3, 10, 10, 3]),  # two that are level go on, and the null arm is one of them
        ((1, 1, 1, 1), [10, 10, 10, 10]),
        ((1, 1, 10, 10), [10, 10, 3, 3]),  # the reference may be the best
    ],
)
def test_cells_stop_of_which_few_blocks_say_all(speeds: tuple[float, ...], expected: list[int]) -> None:
    lines = {"strategies": SEVERAL, "blocks": 10, "rounds": None, "settle": True}
    _, samples = measured(Fake(0.001, speeds), **lines)
    assert blocks_of(samples) == expected


def test_what_stopped_a_cell_is_its_verdict_though_rounds_became_fewer() -> None:
    """Each look goes by the rounds of its own blocks."""
    made = msgspec.structs.replace(plan(), strategies=SEVERAL[:2], blocks=10)
    two = [sample(place, block, 1.0 + 0.27 * place) for block in range(3) for place in (0, 1)]
    two = [msgspec.structs.replace(one, rounds=[*one.rounds, *one.rounds]) for one in two]
    later = [sample(0, block, 1.0) for block in range(3, 6)]
    for taken in (two, [*two, *later]):
        row = of_group(made, taken, 0).rows[1]
        assert (row.verdict, row.rule, row.blocks) == ("slower", "early", 3)


def test_without_settling_all_cells_have_all_blocks() -> None:
    _, samples = measured(Fake(0.001, (10, 1, 2, 4)), strategies=SEVERAL, blocks=5)
    assert blocks_of(samples) == [5, 5, 5, 5]


def test_one_strategy_alone_has_all_blocks() -> None:
    run, _ = measured(Fake(), strategies=SEVERAL[:1], blocks=10, settle=True)
    assert run.blocks == 10


def test_a_lesson_is_not_the_null_arm_and_no_contender() -> None:
    lesson = msgspec.structs.replace(SEVERAL[1], lesson=True)
    strategies = [msgspec.structs.replace(SEVERAL[0], lesson=True), lesson, *SEVERAL[2:]]
    _, samples = measured(Fake(0.001, (10, 5, 1, 1)), strategies=strategies, blocks=10, settle=True)
    assert {one.strategy for one in samples if one.arm == "null"} <= {2, 3}
    assert blocks_of(samples) == [3, 3, 10, 10]


def test_a_run_without_time_says_what_it_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(float(seconds) for seconds in range(0, 100000, 2))
    monkeypatch.setattr("harness.measure.ledger.time.monotonic", lambda: next(clock))
    lines = Lines()
    made = msgspec.structs.replace(plan(), blocks=10, rounds=None, max_time=70.0, settle=True)
    Measurement(made, lines, lambda text: None, Fake(0.001)).run()
    cuts = [line for line in lines if isinstance(line, Cut)]
    assert (cuts[0].rounds, cuts[0].groups) == (1, {})
    assert cuts[-1].groups
    assert cuts[-1].seconds > 70


@pytest.mark.parametrize("kind", ["start", "warmup", "timed", "observed"])
def test_a_cell_that_fails_is_a_sample_with_its_reason_and_is_not_measured_again(kind: str) -> None:
    run, samples = measured(Fake(**{kind: Failure("timeout", "no answer after 1 s")}), blocks=3)
    bad = [one for one in samples if one.strategy == 1 and one.arm == "row"]
    assert [(one.block, one.status, one.reason) for one in bad] == [(0, "timeout", "no answer after 1 s")]
    assert len([one for one in samples if one.strategy == 0 and one.arm == "row" and one.status == "ok"]) == 3
    assert run.end().status == "partial"


def test_what_a_worker_calls_wrong_usage_is_a_failure_of_its_cell() -> None:
    _, samples = measured(Fake(warmup=Failure("usage", "there is no module jobs")), blocks=1)
    assert {one.status for one in samples if one.strategy == 1} == {"failed"}


def test_a_peer_that_does_not_start_fails_every_cell_of_the_group() -> None:
    run, samples = measured(Fake(peer=Failure("failed", "the peer did not start")), blocks=3)
    assert [(one.strategy, one.status) for one in samples] == [(0, "failed"), (1, "failed")]
    assert run.end().left_behind == 1


def test_no_seconds_are_below_zero_though_workers_say_that_rounds_took_more_than_passed() -> None:
    run, _ = measured(Fake(), blocks=2)
    assert run.end().seconds["rounds"] > 1.0
    assert min(run.end().seconds.values()) == run.end().seconds["ours"] == 0.0


def test_tasks_that_ran_twice_make_their_cell_invalid() -> None:
    _, samples = measured(Fake(twice=3), blocks=1)
    (bad,) = [one for one in samples if one.strategy == 1 and one.arm == "row"]
    assert (bad.status, bad.reason) == ("invalid", "3 tasks ran more than once: here, or in a copy that a task forked")


def test_what_a_worker_left_is_in_its_sample() -> None:
    for fresh in (False, True):
        _, samples = measured(Fake(), blocks=2, fresh=fresh)
        left = {one.strategy: len(one.left_behind) for one in samples if one.arm == "row"}
        assert left == {0: 0, 1: 2 if fresh else 1}, "of a fresh run that of the worker which was watched, too"


def test_instructions_are_counted_for_rows_alone() -> None:
    _, samples = measured(Fake(), blocks=2, count="instructions")
    assert {one.arm: one.instructions_per_task for one in samples} == {"row": 1000.0, "null": None}


@pytest.mark.parametrize(
    ("pin", "has_peer", "cores", "expected"),
    [
        ("apart", True, {0, 1, 2}, ([0], [1, 2])),
        ("apart", True, {3}, ([], [])),
        ("apart", False, {0, 1}, ([], [])),
        ("none", True, {0, 1}, ([], [])),
        ("one", False, {0, 1, 2}, ([2], [0, 1])),
        ("one", True, {5}, ([5], [])),
    ],
)
def test_which_cores(pin: Pin, has_peer: bool, cores: set[int], expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: cores)
    assert cpus(pin, has_peer) == expected


def without_peer(blocks: set[int], taken: int = 5, **changes: Any) -> tuple[Measurement, list[Sample]]:
    """A run whose peer ends in some of its blocks."""

    class Lonely(Fake):
        begun = -1

        def block(self, group: PlannedGroup, cpus: Sequence[int]) -> contextlib.AbstractContextManager[Start]:
            self.begun += 1
            self.broken = {"peer": PeerEnded("the peer", Failure("failed", "killed"))} if self.begun in blocks else {}
            return super().block(group, cpus)

    return measured(Lonely(), blocks=taken, **changes)


def test_a_peer_that_ends_costs_its_rows_a_block() -> None:
    run, taken = without_peer({1, 3})
    made, beside = parted(taken)
    assert [(one.block, one.reason) for one in beside if one.arm == "row"] == [
        (block, "the peer: killed") for block in (1, 1, 3, 3)
    ]
    assert {one.status for one in made} == {"ok"}
    assert Counter((one.strategy, one.arm) for one in made) == {(0, "row"): 3, (1, "row"): 3, (0, "null"): 3}
    assert run.end().status == "complete"


def test_one_that_ends_in_two_blocks_on_end_is_what_its_rows_failed_of() -> None:
    run, taken = without_peer({0, 1})
    made, beside = parted(taken)
    assert [(one.block, one.status, one.reason) for one in made] == [(1, "failed", "the peer: killed")] * 2
    assert {one.block for one in beside} == {0}
    assert run.end().status == "partial"


def test_a_row_whose_peer_ended_in_the_only_block_has_that_for_its_reason() -> None:
    _, taken = without_peer({0}, taken=1)
    made, beside = parted(taken)
    assert [one.reason for one in made] == ["the peer: killed"] * 2
    assert beside == []


def test_a_run_that_looks_after_each_block_goes_on_after_one_without_its_peer() -> None:
    run, taken = without_peer({0}, taken=40, precision=0.05)
    assert 1 < run.blocks < 40
    assert {one.block for one in parted(taken)[1]} == {0}
