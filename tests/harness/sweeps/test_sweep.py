"""What sweeps find of strategies whose times are known."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from harness import api
from harness.document.sweep import Point, Sweep
from harness.errors import HarnessError
from harness.measure.pilot import Seen
from harness.record.plan import Axis, Plan, PlannedStrategy
from harness.record.sample import Sample
from harness.sweeps import answer, words
from harness.sweeps.axes import first_points
from harness.sweeps.choose import Needs, in_flight, of_grid
from harness.sweeps.costs import Costs, Few
from harness.sweeps.points import Points
from tests.builders import header, sample
from tests.harness.sweeps.simulated import IN_FLIGHT, TASKS, breaks, plan, record, swept

CROSS = {"low": lambda n: 100 + 5 * n, "high": lambda n: 400 + 1 * n}  # at 75


def grid(sweep: Sweep) -> list[Point]:
    return [point for point in sweep.points if point.in_grid]


def test_a_crossing_is_found_with_an_interval_that_holds_it_and_is_narrow() -> None:
    said = swept(CROSS, TASKS)
    (one,) = said.crossovers
    assert (one.from_, one.to, one.of_best) == ("low", "high", True)
    assert one.low <= 75 <= one.high < 1.5 * one.low
    assert said.points[0].best == ["low"]
    assert said.points[-1].best == ["high"]
    assert said.status == "complete"
    assert len(said.points) <= 12


def test_strategies_that_only_touch_do_not_cross() -> None:
    said = swept({"low": lambda n: 100 + n, "high": lambda n: 400 + n}, TASKS)
    assert not said.crossovers
    assert said.points[0].best == ["low"]


def test_points_are_added_for_the_two_that_cross_and_for_nobody_else() -> None:
    found = record(CROSS | {"far": lambda n: 4000 + 30 * n}, TASKS)
    said = answer.of(found)
    added = [point for point in said.points if not point.in_grid]
    assert added
    assert all(set(point.seconds) == {"low", "high"} for point in added)
    reasons = {sample.reason for sample in found.samples if sample.status == "unavailable"}
    assert reasons == {words.ELSEWHERE}
    assert said.status == api.document(found).status == "complete"
    assert [one for one in said.crossovers if one.of_best] == said.crossovers


def test_a_knee_is_where_the_gate_is() -> None:
    def gated(size: float) -> float:
        return math.ceil(2000 / min(size, 40))

    said = swept({"pool": gated, "threads": gated}, IN_FLIGHT, deviation=0.02)
    assert [bend.strategy for bend in said.knees] == ["pool", "threads"]
    for bend in said.knees:
        assert bend.low <= 40 <= bend.high < 60
        assert bend.waves == pytest.approx(50, rel=0.1)
        assert bend.enough is None or bend.enough >= 38


def test_there_is_no_knee_where_more_helps_to_the_end() -> None:
    assert not swept({"pool": lambda size: 2000 / size}, IN_FLIGHT).knees


def test_where_a_strategy_gives_out_it_is_not_tried_above() -> None:
    tried: list[float] = []

    def script(n: float) -> float:
        tried.append(n)
        return breaks(lambda n: n > 50, "can't start new thread")(n)

    said = swept({"threads": script, "other": lambda n: 2.0}, TASKS)
    above = {n for n in tried if n > 50}
    assert len(above) == 1
    (stop,) = said.stops
    assert (stop.strategy, stop.above) == ("threads", True)
    assert stop.worked
    assert stop.worked["tasks"] <= 50 < stop.failed["tasks"]
    assert said.points[-1].best == ["other"]
    assert said.status == "partial"


@pytest.mark.parametrize(
    "reason",
    [
        "ValueError: no",
        "1 of 3 failed: ValueError: signal ended: it supports no more resource threads at reports.py:3",
        "it ended with status 1 and no answer; its last line: memory",
    ],
)
def test_a_function_that_fails_at_one_size_alone_does_so_there_and_the_rest_stands(reason: str) -> None:
    middle = 32.0
    said = swept(dict.fromkeys("ab", breaks(lambda n: n == middle, reason)), TASKS)
    assert {(stop.failed["tasks"], stop.above) for stop in said.stops} == {(middle, False)}
    assert [point.value for point in said.points if not point.seconds] == [middle]
    assert max(point.value for point in said.points if point.seconds) == 1000


@pytest.mark.parametrize(
    "reason",
    [
        "3 of 9 failed: 2 OSError: [Errno 24] Too many open files at jobs.py:3; 1 ValueError: no",
        "MemoryError at jobs.py:3",
        "out of memory: it held 900 MiB with what it started, --memory-limit allows 500 MiB",
        "it was killed by SIGKILL: out of memory, by the kernel",
        "Resource temporarily unavailable; no more processes or threads are allowed: raise ulimit -u, or end some",
    ],
)
def test_what_is_short_of_something_gives_out(reason: str) -> None:
    said = swept({"threads": breaks(lambda n: n > 50, reason), "other": lambda n: 2.0}, TASKS)
    assert [stop.above for stop in said.stops] == [True]


def test_what_takes_too_long_with_few_at_once_is_tried_with_more() -> None:
    script = breaks(lambda n: n < 10, "no answer after 0.5 s", status="timeout")
    said = swept(dict.fromkeys("ab", script), Axis("concurrency", 1, 40, listed=[1, 8, 40]))
    assert [(point.value, sorted(point.seconds)) for point in said.points] == [(1, []), (8, []), (40, ["a", "b"])]
    assert {(stop.failed["concurrency"], stop.above) for stop in said.stops} == {(1, False), (8, False)}


def test_what_gives_out_below_where_it_works_has_not_come_to_its_end() -> None:
    script = breaks(lambda n: n == 1, "can't start new thread")
    said = swept({"threads": script, "other": lambda n: 2.0}, TASKS)
    assert [(stop.failed["tasks"], stop.above) for stop in said.stops] == [(1, False)]
    assert all(point.blocks > 2 for point in said.points)
    assert all("threads" in point.seconds for point in said.points[1:])


def test_an_axis_may_begin_at_zero() -> None:
    said = swept({"pool": lambda n: 8 / min(1 + n, 5)}, Axis("n", 0, 8), deviation=0.001)
    (bend,) = said.knees
    assert bend.low <= 4 <= bend.high
    few = Axis("tasks", 1, 2, listed=[1, 2])
    both = swept({"low": lambda n, s: n + s, "high": lambda n, s: 3.0}, few, Axis("seconds", 0, 0.001, False))
    assert both.points[0].best == ["low"]


def test_a_strategy_far_behind_is_not_tried_where_its_rounds_are_long() -> None:
    said = swept({"quick": lambda n: 1e3, "slow": lambda n: 1e5 * n}, TASKS, max_time=20.0)
    assert any("slow not tried at tasks" in text for text in said.open)
    assert {"quick"} == set(said.points[-1].seconds)


def test_points_for_which_there_is_no_time_are_open_with_a_time_that_has_room() -> None:
    said = swept(dict.fromkeys("ab", lambda n: 1e4 * n), TASKS, max_time=0.5)
    assert any("--max-time" in text for text in said.open)
    assert any(point.seconds for point in said.points)


@pytest.mark.parametrize(
    ("changes", "rounds"), [({}, 1 + 1 + 1), ({"rounds": 5}, 1 + 5 + 1), ({"warmup": 0, "rounds": 1}, 1 + 1)]
)
def test_a_cell_takes_the_rounds_that_its_plan_has(changes: dict[str, Any], rounds: int) -> None:
    made = plan([TASKS], ["low"], **({"rounds": None} | changes))
    points = Points(made, [])
    few = Few(points.places[0], {0: [Seen(1, 2.0, 0)]})
    assert Costs(points, few=few).of_rounds(points.places[0], 0) == pytest.approx(2.0 * rounds)


def test_where_there_is_time_for_nothing_the_quickest_is_measured_once() -> None:
    axis, scripts = Axis("tasks", 1, 10, listed=[1, 10]), dict.fromkeys("abc", lambda n: 1e6)
    found = record(scripts, axis, max_time=1.0, most=1, alone=[2.5, 2.0, 20.0])
    assert [(sample.group, sample.strategy) for sample in found.samples if sample.rounds] == [(0, 1)]
    assert {sample.reason for sample in found.samples if sample.strategy == 2} == {
        "not tried: far behind, a round would take about 20 s"
    }
    assert {sample.reason for sample in found.samples if sample.strategy == 0} == {
        "not measured: no time was left, --max-time 1, a round would take about 2.5 s"
    }
    said = answer.of(found)
    assert said.open == [
        "too few blocks at tasks 1, 10: --max-time 220 has room", "c not tried at tasks 1, 10: far behind, and slow"
    ]  # fmt: skip


def test_who_is_far_behind_by_a_few_tasks_is_not_tried() -> None:
    said = swept({"quick": lambda n: 1e3, "slow": lambda n: 1e3}, TASKS, alone=[0.001, 10.0])
    assert all(set(point.seconds) == {"quick"} for point in said.points)
    assert said.status == "complete"


def test_the_time_that_has_room_is_of_what_can_be_measured() -> None:
    refused = [Sample(1, 0, 0, "unavailable", "200,000 threads are too many")]
    axis = Axis("tasks", 1, 200_000, listed=[1, 200_000])
    said = swept({"threads": lambda n: 1e6}, axis, refused=refused, most=2)
    assert [text for text in said.open if "has room" in text] == ["too few blocks at tasks 1: --max-time 20 has room"]


def test_a_signal_leaves_an_answer_of_what_is_known() -> None:
    said = swept(CROSS, TASKS, most=20)
    assert said.status == "interrupted"
    assert sum(bool(point.seconds) for point in said.points) > 3
    assert said.open


def test_two_that_cross_far_behind_a_third_are_none_of_the_best() -> None:
    found = record(CROSS | {"best": lambda n: 50 + n / 2}, TASKS)
    said, points = answer.of(found), Points(found.header.plan, found.samples)
    assert [points.lead(75, pair) for pair in ((0, 1), (0, 2))] == [False, True]
    assert [(one.from_, one.to, one.of_best) for one in said.crossovers] == [("low", "high", False)]
    few = Axis("tasks", 1, 1000, listed=[1, 75, 1000])
    between = swept(CROSS | {"third": lambda n: 230 + 2 * n}, few, deviation=0.001)  # ahead from 43 to 170
    assert [(one.from_, one.to) for one in between.crossovers if one.of_best] == [("low", "third"), ("third", "high")]


def test_what_cannot_be_compared_does_not_cross_and_says_why() -> None:
    found = record(CROSS, TASKS)
    slowly = [slower(sample) if sample.strategy == 0 else sample for sample in found.samples]
    said = answer.of(msgspec.structs.replace(found, samples=slowly))
    assert not said.crossovers
    assert all("rounds" in point.warnings["low"][0] for point in said.points)
    assert all(point.best == ["high"] for point in said.points)


def slower(sample: Sample) -> Sample:
    """A worker whose every round takes longer than the one before."""
    later = [msgspec.structs.replace(one, wall_seconds=1000 * one.wall_seconds) for one in sample.rounds]
    return msgspec.structs.replace(sample, rounds=later)


def test_all_is_known_where_what_is_lacking_cannot_be_had() -> None:
    there = Axis("tasks", 1, 9, listed=[1, 3, 9])
    scripts = {"threads": breaks(lambda n: True, "it is an async def", status="unsupported"), "other": lambda n: 2.0}
    said = swept(scripts, there)
    assert (said.status, said.stops) == ("complete", [])
    assert [(one.strategy, one.status, one.reason) for one in said.absent] == [
        ("threads", "unsupported", "it is an async def")
    ]
    broken = PlannedStrategy("threads", "a:B", status="unavailable", reason="needs Python 3.14")
    found = record(scripts, there, strategies=[broken, PlannedStrategy("other", "a:B")])
    assert found.end
    assert answer.of(found).status == api.document(found).status == found.end.status == "complete"
    assert [one.reason for one in answer.of(found).absent] == ["needs Python 3.14"]


@pytest.mark.parametrize("seconds", [12.0, 1234.5, 0.0321, 1.5e-7])
def test_what_a_round_would_take_is_read_in_our_own_reasons(seconds: float) -> None:
    for reason in (words.behind(seconds), words.no_time(60.0, seconds), words.no_time(1e9, seconds)):
        assert words.would_take(reason) == pytest.approx(seconds, rel=0.05)


@pytest.mark.parametrize("number", ["ten", "inf", "5"])
def test_what_a_round_would_take_is_not_read_in_the_texts_of_others(number: str) -> None:
    raised = f"RuntimeError: a round would take about {number} s"
    for reason in (raised, words.gave_out("tasks=9", raised), words.not_measured(raised), words.no_time(60.0, None)):
        assert words.would_take(reason) is None


def test_what_one_strategy_left_to_all_is_seen_of_those_that_have_no_new_blocks() -> None:
    made = plan([IN_FLIGHT], ["falls", "level", "once"])
    cells = [(number, block) for number in range(len(made.groups)) for block in range(12)]
    ours = [taken(made, number, s, block) for number, block in cells for s in (0, 1)]
    once = [taken(made, number, 2, block) for number, block in cells]
    once = [one if one.block else with_work_that_stays_done(one) for one in once]
    needs, before, after = Needs(), Points(made, ours), Points(made, [*ours, *once])
    knee, crossing = needs.steps(before)
    assert ({s for _, s in knee.cells}, {s for _, s in crossing.cells}) == ({0}, {0, 1})
    assert len(after.strange) == 3 * len(made.groups)
    assert needs.steps(after) == []


def taken(made: Plan, number: int, strategy: int, block: int) -> Sample:
    """A sample at a point, where the first strategy is the quickest of all if many are in flight."""
    few = made.groups[number].concurrency < 20
    return msgspec.structs.replace(sample(strategy, block, [0.5 if few else 0.05, 0.1, 0.2][strategy]), group=number)


def with_work_that_stays_done(sample: Sample) -> Sample:
    """A worker whose first round did what no later one has to."""
    slow = msgspec.structs.replace(sample.warmups[0], wall_seconds=9.0, cpu_user_seconds=9.0)
    return msgspec.structs.replace(sample, warmups=[slow])


def test_two_axes_make_a_map() -> None:
    def low(tasks: float, seconds: float) -> float:
        return 100 + tasks * (1 + 1e4 * seconds)

    said = swept({"low": low, "high": lambda n, s: 700.0}, TASKS, Axis("seconds", 0.001, 1, False))
    assert len(said.points) == 16
    assert said.points[0].best == ["low"]
    assert said.points[-1].best == ["high"]
    assert not said.crossovers


def test_a_strategy_in_two_states_is_remarked() -> None:
    turn = iter(range(10**6))

    def threads(n: float) -> float:
        return (100 + 5 * n) * (1 if next(turn) % 2 else 2.5)

    said = swept({"threads": threads, "high": lambda n: 400 + n}, TASKS)
    assert all("threads" in one.two_states for one in said.crossovers)


def test_what_is_being_measured_is_not_asked_for_again() -> None:
    made = plan([TASKS], ["low", "high"])
    grid = first_points([TASKS])
    points = Points(made, [])
    flying = [[(grid[0], 0), (grid[0], 1)]]
    steps = list(of_grid(points, Costs(points), grid, 60.0, 1, flying))
    assert [step.cells[0][0] for step in steps] == grid[1:]
    assert len(list(of_grid(points, Costs(points), grid, 60.0, 2, flying))) == len(grid)
    assert in_flight([(grid[0], 1)], flying) == 1
    assert in_flight([(grid[0], 1), (grid[1], 1)], flying) == 0


def test_what_a_workload_is_like_is_told_by_a_point_where_it_can_be_had() -> None:
    made = plan([TASKS], ["low", "high"])
    lost = msgspec.structs.replace(made.groups[0], status="failed", reason="RuntimeError: no")
    assert Points(msgspec.structs.replace(made, groups=[lost, *made.groups[1:]]), []).group == made.groups[1]


def test_an_ordinary_record_is_no_sweep() -> None:
    from harness.record.store import record_of

    with pytest.raises(HarnessError, match="is no sweep"):
        answer.of(record_of(header(), []))
