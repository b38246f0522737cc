"""The cost model, and what it is fitted to: rounds that a model has made."""

from __future__ import annotations

import pytest

from harness.advise.costs import ALONE, MANY, POINTS, SERIAL, Point, Took, costs_of
from harness.advise.model import Costs, Load, blocked, predict

LOADS = [Load(20, 20, 0.01, 0.002), Load(2000, 2000, 0.02, 0.0), Load(200, 20, 0.03, 0.0005), Load(1, 1, 0.05, 0.0)]
SOME = [
    Costs(2e-4, 9e-6, 3e-6),
    Costs(2.5e-4, 135e-6, 37e-6, growth=0.2, convoy=0.57),
    Costs(1e-3, 60e-6, 40e-6, parallel=0.5),
    Costs(1e-5, 1e-6, 0.0, convoy=0.1),
]


def seen(costs: Costs, times: float = 1.0) -> dict[Point, list[Took]]:
    """What a machine would show that is so many times as slow for whatever computes."""
    walls = {point: predict(costs, Load(point.tasks, point.tasks, *point[1:])) for point in POINTS}
    return {
        point: [Took(point.waiting + times * (wall - point.waiting), max(0.0, wall - point.waiting))] * 2
        for point, wall in walls.items()
    }


@pytest.mark.parametrize("costs", SOME)
@pytest.mark.parametrize("load", LOADS)
def test_costs_that_are_fitted_foretell_what_those_that_made_the_rounds_do(costs: Costs, load: Load) -> None:
    found = costs_of(seen(costs), threads=True)
    assert found
    assert predict(found, load) == pytest.approx(predict(costs, load), rel=0.1)


def test_other_work_on_the_machine_does_not_make_one_thread_dearer() -> None:
    quiet, busy = costs_of(seen(SOME[0]), False), costs_of(seen(SOME[0], times=4.0), False)
    assert quiet
    assert busy
    assert busy.spawn + busy.wake == pytest.approx(quiet.spawn + quiet.wake, rel=0.3)
    assert busy.convoy == pytest.approx(quiet.convoy, abs=0.05)


def test_processes_that_compute_side_by_side_are_seen_so() -> None:
    found = costs_of(seen(SOME[2]), threads=False)
    assert found
    assert found.parallel == pytest.approx(0.5, rel=0.1)


def test_one_that_waits_for_one_after_another_is_told_by_its_first_points() -> None:
    found = costs_of({ALONE: [Took(1e-5, 1e-5)], MANY: [Took(5e-4, 5e-4)], SERIAL: [Took(0.022, 1e-4)]}, False)
    assert found
    assert found.spawn == pytest.approx(1e-6, rel=0.05)
    assert (found.wake, found.convoy) == (0.0, 0.0)


@pytest.mark.parametrize("lacking", POINTS)
def test_nothing_is_known_without_all_points(lacking: Point) -> None:
    some = {point: took for point, took in seen(SOME[0]).items() if point != lacking}
    assert costs_of(some, False) is None


def test_what_does_not_overlap_takes_the_sum() -> None:
    costs = Costs(0.0, 1e-6)
    assert predict(costs, Load(500, 500, 0.05, 0.002), blocked=True) == pytest.approx(26.0, rel=0.001)
    assert predict(costs, Load(500, 500, 0.05, 0.002)) == pytest.approx(1.05, rel=0.01)


def test_fewer_in_flight_cost_a_wait_for_each_wave() -> None:
    whole, half = (predict(SOME[0], Load(200, k, 0.05, 0.0002)) for k in (200, 100))
    assert half - whole == pytest.approx(0.05, rel=0.05)


@pytest.mark.parametrize(
    ("one", "four", "waiting", "computing", "expected"),
    [
        (0.05, 0.2, 0.05, 0.0, True),
        (0.05, 0.06, 0.05, 0.0, False),
        (0.052, 0.06, 0.05, 0.002, False),  # four compute one after another
        (0.05, 0.1, 0.05, 0.0, False),  # two at a time
        (0.004, 0.016, 0.0, 0.004, False),  # nothing waits
        (1e-4, 4e-4, 1e-4, 0.0, False),  # too short to be told
    ],
)
def test_four_waits_overlap_or_not(one: float, four: float, waiting: float, computing: float, expected: bool) -> None:
    assert blocked(one, four, waiting, computing) is expected
