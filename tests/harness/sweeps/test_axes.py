"""Axes as they are typed, and the points that are measured first."""

from __future__ import annotations

import pytest

from harness.errors import HarnessError
from harness.plan.request import Request
from harness.record.plan import Axis, PlannedGroup
from harness.sweeps.axes import first_points, parted, placed, request_at, values_of


def test_what_is_one_value_is_fixed_and_the_rest_is_moved() -> None:
    asked = parted("1..1000", None, ["seconds=0.01", "call=stdlib"])
    assert asked.axes == [Axis("tasks", 1, 1000)]
    assert asked.fixed == {"concurrency": None, "options": ["seconds=0.01", "call=stdlib"]}
    both = parted(100, "20,10", ["seconds=0.001..1"])
    assert both.axes == [Axis("concurrency", 10, 20, listed=[10, 20]), Axis("seconds", 0.001, 1, False)]
    assert both.fixed == {"tasks": 100, "options": []}
    dotted = parted("1..9", None, ["path=../data", "spec=a..b", "concurrency=4"])
    assert dotted.fixed == {"concurrency": None, "options": ["path=../data", "spec=a..b", "concurrency=4"]}


def test_a_single_process_is_no_option_of_a_group_and_a_value_all_the_same() -> None:
    axes = [Axis("processes", 1, 4), Axis("concurrency", 10, 100)]
    alone = PlannedGroup("echo", "e:F", {}, 10, 10, serves=True)
    several = PlannedGroup("echo", "e:F", {"processes": 4}, 20, 20, serves=True, processes=4)
    assert [values_of(axes, one) for one in (alone, several)] == [(1.0, 10.0), (4.0, 20.0)]
    assert values_of([Axis("generators", 1, 4)], alone) == (1.0,)


def test_a_point_whose_workload_cannot_be_had_lies_where_it_was_asked_for() -> None:
    axes = [Axis("n", 1, 10), Axis("concurrency", 1, 4)]
    lost = PlannedGroup("./jobs.py:Job", "e:F", {"pool": 2}, 10, 4, status="failed", reason="RuntimeError: no")
    there = placed(axes, (6.0, 4.0), lost)
    assert there.options == {"pool": 2, "n": 6}
    assert values_of(axes, there) == (6.0, 4.0)


@pytest.mark.parametrize(
    ("tasks", "concurrency", "options", "said"),
    [
        (None, None, [], "none was given: such as --tasks 1..1000"),
        (10, 5, ["seconds=1"], "none was given"),
        ("1000..1", None, [], r"--tasks 1000..1 is upside down: write 1..1000"),
        ("10..10", None, [], r"--tasks 10..10 is one point, which `harness run` measures"),
        ("10,10", None, [], "is one point"),
        ("..10", None, [], "a range is LOW..HIGH"),
        ("1..", None, [], "a range is LOW..HIGH"),
        ("1..many", None, [], "a range is LOW..HIGH"),
        ("1..inf", None, [], "two finite numbers"),
        ("1..nan", None, [], "two finite numbers"),
        ("0..10", None, [], "--tasks 0..10: tasks begins at 1"),
        ("1.5..10", None, [], "tasks is a whole number"),
        ("ten", None, [], "--tasks ten: a whole number, a range such as"),
        (None, None, ["seconds=-1..1"], "begins at 0"),
        (None, None, ["seconds=1..inf"], "two finite numbers"),
        (None, None, ["concurrency=1..4"], "the axis of that name is --concurrency 1..4"),
        (None, None, ["tasks=1,4"], "the axis of that name is --tasks 1,4"),
        ("1..10", "100..200", [], r"--concurrency from 100 on is more than --tasks up to 10: .* --tasks 100..2000"),
        (None, None, ["call=native,stdlib"], "an axis is of numbers"),
        (None, None, ["a=1..2", "a=2..3"], "a is given twice"),
        ("1..9", "1..9", ["a=1..2"], r"not 3 \(tasks, concurrency, a\)"),
        (100, "1..200", [], r"--concurrency up to 200 is more than --tasks 100: .* --tasks 2000"),
    ],
)
def test_what_no_axis_can_be_is_refused_with_what_to_type(
    tasks: int | str | None, concurrency: int | str | None, options: list[str], said: str
) -> None:
    with pytest.raises(HarnessError, match=said):
        parted(tasks, concurrency, options)


@pytest.mark.parametrize(
    ("axis", "points"),
    [
        (Axis("tasks", 1, 1000), [1, 3, 10, 32, 100, 316, 1000]),
        (Axis("tasks", 1, 4), [1, 2, 3, 4]),
        (Axis("pool", 10, 80, listed=[10, 20, 40, 80]), [10, 20, 40, 80]),
        (Axis("seconds", 0, 1, False), [0, 0.0217, 0.0905, 0.309, 1]),
    ],
)
def test_points_are_as_far_from_each_other_as_their_logarithms(axis: Axis, points: list[float]) -> None:
    assert sorted(value for (value,) in first_points([axis])) == points


def test_points_in_the_middle_come_first() -> None:
    assert first_points([Axis("tasks", 1, 1000)])[:3] == [(32.0,), (10.0,), (100.0,)]


def test_of_two_sizes_no_point_has_more_in_flight_than_tasks() -> None:
    points = first_points([Axis("tasks", 1, 1000), Axis("concurrency", 1, 1000)])
    assert len(points) == 10
    assert all(concurrency <= tasks for tasks, concurrency in points)


def test_what_is_asked_at_a_point() -> None:
    request = Request(options=("call=stdlib",), concurrency=50)
    axes = [Axis("tasks", 1, 1000), Axis("seconds", 0.001, 1, False)]
    asked = request_at(request, axes, (10.0, 0.01))
    assert (asked.tasks, asked.concurrency, asked.options) == (10, 10, ("call=stdlib", "seconds=0.01"))
    assert request_at(request, axes, (100.0, 1.0)).options == ("call=stdlib", "seconds=1")
    assert request_at(request, axes, (100.0, 1.0)).concurrency == 50
