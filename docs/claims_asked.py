"""How the number that a claim is of is read from what a command of docs/claims.toml said as JSON."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """A number with its interval."""

    value: float
    low: float
    high: float


class Unanswered(Exception):
    """Raised where a document has no such number: why."""


def slower(document: Any, name: str, group: int = 0) -> Answer:
    """How many times as long a strategy takes as the reference, paired within blocks."""
    ratio = _row(document, name, group).get("ratio")
    if not ratio:
        raise Unanswered(f"{name}: no ratio")
    return Answer(ratio["estimate"], ratio["low"], ratio["high"])


def figure(document: Any, name: str, field: str, times: float = 1.0) -> Answer:
    """A number of a strategy's row, such as `wall_seconds` or `latency_seconds.p99`."""
    return Answer(*(times * number for number in _number(_row(document, name), field)))


def share(document: Any, first: str, second: str, field: str) -> Answer:
    """The first strategy's number divided by the second's."""
    return _divided(*(_number(_row(document, name), field) for name in (first, second)))


def share_of_groups(document: Any, name: str, field: str, first: int, second: int) -> Answer:
    """A strategy's number in one group divided by that in another."""
    return _divided(*(_number(_row(document, name, group), field) for group in (first, second)))


def lost(document: Any, name: str) -> Answer:
    """What share of the updates of `counter` was lost."""
    (row,) = (one for one in document["groups"][0]["rows"] if one["strategy"] == name)
    said = re.search(r"([\d,]+) of ([\d,]+) updates were lost", json.dumps(row))
    if not said and row["status"] != "ok":
        raise Unanswered(f"{name}: {row['reason']}")
    lost, updates = (int(number.replace(",", "")) for number in said.groups()) if said else (0, 1)
    return Answer(*3 * [lost / updates])


def bend(document: Any, name: str) -> Answer:
    """From where on a sweep says that more stops to help a strategy."""
    for one in document["knees"]:
        if one["strategy"] == name:
            return Answer(one["at"], one["low"], one["high"])
    raise Unanswered(f"{name}: no knee")


def last_by_first_each(document: Any, name: str) -> Answer:
    """A strategy's time for each task at the highest point of a sweep over tasks divided by that at its lowest."""
    first, last = _ends(document, name)
    points = document["points"]
    return Answer(*(number * points[0]["value"] / points[-1]["value"] for number in _divided(last, first)))


def _row(document: Any, name: str, group: int = 0) -> Any:
    (row,) = (one for one in document["groups"][group]["rows"] if one["strategy"] == name)
    if "wall_seconds" not in row:
        raise Unanswered(f"{name}: {row['status']}: {row['reason']}")
    return row


def _number(found: Any, field: str) -> Answer:
    for name in field.split("."):
        if found.get(name) is None:
            raise Unanswered(f"no {field}")
        found = found[name]
    if isinstance(found, dict):
        return Answer(found["median"], found["low"], found["high"])
    return Answer(found, found, found)


def _divided(one: Answer, two: Answer) -> Answer:
    return Answer(one.value / two.value, one.low / two.high, one.high / two.low)


def _ends(document: Any, name: str) -> list[Answer]:
    points = [document["points"][place]["seconds"].get(name) for place in (0, -1)]
    if None in points:
        raise Unanswered("; ".join(stop["reason"] for stop in document["stops"]) or f"{name}: no number at a point")
    return [Answer(one["median"], one["low"], one["high"]) for one in points if one]
