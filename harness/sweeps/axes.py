"""What a sweep moves: axes as they are typed, the points that are measured first, and what to ask for at each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec

from harness.errors import HarnessError
from harness.plan.request import Request
from harness.record.plan import Axis, PlannedGroup
from harness.statistics.scale import Scale

SIZES = ("tasks", "concurrency")
AT_ONCE = ("concurrency", "pool", "workers", "threads")
"""Axes that say how many tasks run at once."""
Values = tuple[float, ...]
"""A point: a value of each axis."""
PER_DECADE, FEWEST, MOST, OF_TWO = 2, 5, 8, 4
"""Points that are measured first: so many a decade, at least and at most; of each of two axes."""
HOW = "such as --tasks 1..1000, --concurrency 1..200, -P seconds=0.001..1 or -P pool=10,20,40"


class Asked(NamedTuple):
    """What a sweep was asked for: its axes, and the request without them."""

    axes: list[Axis]
    fixed: dict[str, Any]


def parted(tasks: int | str | None, concurrency: int | str | None, options: Sequence[str]) -> Asked:
    """What is moved and what is not. Raises HarnessError where nothing is, too much, or what no axis can be."""
    found: list[Axis] = []
    fixed: dict[str, Any] = {"options": []}
    for name, given in zip(SIZES, (tasks, concurrency), strict=True):
        text = "" if given is None else str(given)
        if axis := axis_of(name, text, f"--{name} {text}"):
            found.append(axis)
        else:
            fixed[name] = _count(name, text) if text else None
    for option in options:
        name, _, text = option.partition("=")
        if axis := _of_option(name, text, f"-P {option}"):
            found.append(axis)
        else:
            fixed["options"].append(option)
    _refuse(found, fixed)
    return Asked(found, fixed)


def _of_option(name: str, text: str, said: str) -> Axis | None:
    """The axis that an option is. Its text may have dots, as a path has."""
    low, dots, high = text.partition("..")
    axis = None if dots and not (_is_float(low) and _is_float(high)) else axis_of(name, text, said)
    if axis and name in SIZES:
        raise HarnessError(
            f"{said}: the axis of that name is --{name} {text}; where that is not meant, rename the option"
        )
    return axis


def _refuse(axes: list[Axis], fixed: dict[str, Any]) -> None:
    names = [axis.name for axis in axes]
    if not axes:
        raise HarnessError(f"sweep moves one or two axes, and none was given: {HOW}")
    if len(axes) > 2:
        raise HarnessError(f"sweep moves one or two axes, not {len(axes)} ({', '.join(names)}): give some one value")
    if len(set(names)) < len(names):
        raise HarnessError(f"{names[0]} is given twice: a range or a list of values")
    if not first_points(axes):
        at = {axis.name: axis for axis in axes}
        least, most = at["concurrency"].low, at["concurrency"].high
        raise HarnessError(
            f"--concurrency from {least:g} on is more than --tasks up to {at['tasks'].high:g}: give ten times as many "
            f"tasks as are in flight at most, --tasks {least:g}..{10 * most:g}"
        )
    tasks = fixed.get("tasks")
    for axis in axes:
        if axis.name == "concurrency" and tasks and axis.high > tasks:
            raise HarnessError(
                f"--concurrency up to {axis.high:g} is more than --tasks {tasks}: give ten times as many tasks as are "
                f"in flight at most, --tasks {10 * axis.high:g}, or end the range at {tasks}"
            )


def axis_of(name: str, text: str, said: str) -> Axis | None:
    """The axis that a text is, `LOW..HIGH` or several numbers between commas; None where it is one value. `said`: as it
    was typed. Raises HarnessError where it is a range that cannot be meant."""
    low, dots, high = text.partition("..")
    if dots:
        ends = [_number(one, said) for one in (low, high)]
        whole = all(one.is_integer() for one in ends) and not any("." in one or "e" in one for one in (low, high))
        return _checked(Axis(name, ends[0], ends[1], name in SIZES or whole), said)
    if "," not in text or not all(_is_number(one) for one in text.split(",")):
        if "," in text:
            raise HarnessError(f"{said}: an axis is of numbers; give one value, or compare them with `harness run`")
        return None
    listed = sorted({float(one) for one in text.split(",")})
    whole = name in SIZES or all(one.is_integer() for one in listed)
    return _checked(Axis(name, listed[0], listed[-1], whole, listed), said)


def _checked(axis: Axis, said: str) -> Axis:
    least = 1 if axis.name in SIZES else 0
    if axis.low > axis.high:
        raise HarnessError(f"{said} is upside down: write {axis.high:g}..{axis.low:g}")
    if axis.low == axis.high:
        raise HarnessError(f"{said} is one point, which `harness run` measures: a range has two ends, {HOW}")
    if axis.low < least:
        raise HarnessError(f"{said}: {axis.name} begins at {least}")
    if axis.name in SIZES and not all(one.is_integer() for one in (axis.low, axis.high, *axis.listed)):
        raise HarnessError(f"{said}: {axis.name} is a whole number")
    return axis


def _is_number(text: str) -> bool:
    return _is_float(text) and math.isfinite(float(text))


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(text: str, said: str) -> float:
    if not _is_number(text):
        raise HarnessError(f"{said}: a range is LOW..HIGH, two finite numbers, {HOW}")
    return float(text)


def _count(name: str, text: str) -> int:
    if not text.strip().isdecimal():
        raise HarnessError(f"--{name} {text}: a whole number, a range such as 1..1000, or several between commas")
    return int(text)


def scale_of(axis: Axis) -> Scale:
    """How far its values lie from each other."""
    offset = axis.high / 100 if axis.low <= 0 else 0.0
    return Scale(offset, axis.whole, tuple(axis.listed))


def first_points(axes: Sequence[Axis]) -> list[Values]:
    """The points that are measured first, those in the middle before those at the ends: what is far away may take far
    longer, or not work at all."""
    lines = [_line(axis, len(axes)) for axis in axes]
    points = list(itertools.product(*lines))
    centre = [(len(line) - 1) / 2 for line in lines]
    places = [{value: place for place, value in enumerate(line)} for line in lines]
    points = [point for point in points if _makes_sense(axes, point)]

    def far(point: Values) -> tuple[float, Values]:
        steps = zip(point, places, centre, strict=True)
        return max(abs(place[value] - middle) for value, place, middle in steps), point

    return sorted(points, key=far)


def _line(axis: Axis, axes: int) -> list[float]:
    if axes == 2:
        number = OF_TWO
    else:
        decades = math.log10(axis.high / axis.low) if axis.low > 0 else 2.0
        number = min(MOST, max(FEWEST, round(PER_DECADE * decades) + 1))
    return scale_of(axis).spread(axis.low, axis.high, number)


def _makes_sense(axes: Sequence[Axis], point: Values) -> bool:
    """No more in flight than there are tasks, where both are moved."""
    at = dict(zip((axis.name for axis in axes), point, strict=True))
    return at.get("concurrency", 0) <= at.get("tasks", math.inf)


def request_at(request: Request, axes: Sequence[Axis], values: Values) -> Request:
    """What is asked for at a point."""
    at = dict(zip((axis.name for axis in axes), values, strict=True))
    options = [f"{name}={text(value)}" for name, value in at.items() if name not in SIZES]
    tasks = int(at["tasks"]) if "tasks" in at else request.tasks
    concurrency = int(at["concurrency"]) if "concurrency" in at else request.concurrency
    if "tasks" in at and tasks and concurrency:
        concurrency = min(tasks, concurrency)
    return replace(request, options=(*request.options, *options), tasks=tasks, concurrency=concurrency)


def text(value: float) -> str:
    """A value as it is typed."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def placed(axes: Sequence[Axis], values: Values, group: PlannedGroup) -> PlannedGroup:
    """A group at its point: that of a workload which cannot be had there has no options else."""
    moved = zip(axes, values, strict=True)
    asked = {axis.name: int(one) if axis.whole else one for axis, one in moved if axis.name not in SIZES}
    return group if group.status == "ok" else msgspec.structs.replace(group, options=group.options | asked)


def values_of(axes: Sequence[Axis], group: PlannedGroup) -> Values:
    """Where a group lies."""
    # A server's single process or generator is no option of a group.
    options = {"processes": group.processes, "generators": group.generators} | group.options
    at = options | {"tasks": group.tasks, "concurrency": group.concurrency}
    return tuple(float(at[axis.name]) for axis in axes)
