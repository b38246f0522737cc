"""What numbers of a record can be, what those that it does not say were, and that nobody changes any."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from harness.record import plan as planned
from harness.record import ranges, sample
from harness.record.sample import Commit, End, Host, Load, Record, Round, Sample, Site
from tests.builders import LATENCY, header

LEAST = math.ulp(0.0)


def above(number: float) -> float:
    return math.nextafter(number, math.inf)


ENDS: list[tuple[Any, tuple[Any, Any], tuple[Any, ...]]] = [
    (ranges.Seconds, (0.0, 1e9), (-LEAST, above(1e9))),
    (ranges.Took, (LEAST, 1e9), (0.0, above(1e9))),
    (ranges.Count, (0, 2**60), (-1, 2**60 + 1)),
    (ranges.Some, (1, 2**60), (0, 2**60 + 1)),
    (ranges.Amount, (0.0, 1e18), (-LEAST, above(1e18))),
    (ranges.Signed, (-1e18, 1e18), (-above(1e18), above(1e18))),
    (ranges.Switches, (-(2**60), 2**60), (-(2**60) - 1, 2**60 + 1)),
    (ranges.Share, (0.0, 1.0), (-LEAST, above(1.0))),
    (ranges.Limit, (0.0, math.nextafter(1.0, 0.0)), (-LEAST, 1.0)),
    (ranges.Name, ("x", "x" * 10_000), ("", "x" * 10_001)),
    (ranges.Run, ("2", "r" * 200), ("", "r" * 201, ".r", "a/b")),
]


@pytest.mark.parametrize(("kind", "held", "refused"), ENDS, ids=[str(place) for place in range(len(ENDS))])
def test_the_ends_of_a_range_are_read_and_what_is_beyond_is_not(kind: Any, held: Any, refused: Any) -> None:
    assert tuple(msgspec.convert(one, kind) for one in held) == held
    for one in refused:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(one, kind)


STRUCTS = sorted(
    {
        one
        for module in (planned, sample)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, msgspec.Struct) and one.__module__ == module.__name__
    },
    key=lambda one: one.__name__,
)


@pytest.mark.parametrize("kind", STRUCTS, ids=lambda kind: kind.__name__)
def test_nobody_who_holds_a_part_of_a_record_changes_it(kind: type[msgspec.Struct]) -> None:
    """Verdicts, documents and pages are made of the same one."""
    assert kind.__struct_config__.frozen


SHORT = Round(1.0, 0.0, 0.0, 0, 0, 0, 0)
UNSAID: list[tuple[msgspec.Struct, dict[str, Any]]] = [
    (
        header().plan,
        {
            "margin": 0.02, "count_margin": 0.002, "silence": 5.0, "values": "same", "fresh": False,
            "allow_failures": 0.0, "settle": False, "axes": [], "order_by": "run", "watched": 3,
        },
    ),
    (header().plan.groups[0], {"sockets_per_task": 0, "serves": False, "processes": 1, "generators": 1}),
    (header().plan.strategies[0], {"threads_per_task": 0, "slowdown": 0.0, "lesson": False, "status": "ok"}),
    (planned.Axis("tasks", 1.0, 9.0), {"whole": True, "listed": []}),
    (Sample(0, 0, 0, "ok"), {"arm": "row", "peer_ended": False, "site": 0, "rounds": []}),
    (SHORT, {"position": 0, "cpu_children_seconds": 0.0, "failed": {}, "replies": []}),
    (Load(1, 1, 0.0, LATENCY, 1.0, 0.0, 1), {"left_open": 0, "unanswered": 0, "trials": []}),
    (Host(0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0), {"site": 0, "stops": 0}),
    (Site(1, "h1", "m1", {}), {"offset_seconds": 0.0, "role": None}),
    (End("complete", 1, {}), {"left_behind": 0, "cut_short": None}),
    (Record(header(), [], None), {"damaged": 0, "marks": [], "cuts": [], "beside": [], "uneven": []}),
    (msgspec.convert({"id": "c", "time": "2026-11-24T00:00:00Z"}, Commit), {"changed": 0, "branch": None}),
]  # fmt: skip


@pytest.mark.parametrize(("one", "wanted"), UNSAID, ids=lambda one: type(one).__name__)
def test_what_a_record_of_old_does_not_say_is_as_it_was_then(one: msgspec.Struct, wanted: dict[str, Any]) -> None:
    assert {name: getattr(one, name) for name in wanted} == wanted
