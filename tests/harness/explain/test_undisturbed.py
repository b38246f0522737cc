"""Costs of the round that was listened to, by the one that was not."""

from __future__ import annotations

from typing import Any

import pytest

from harness.explain.undisturbed import undisturbed


def part(line: int, computing: float, inside: str | None = None, calls: int = 0, **more: float) -> dict[str, Any]:
    about = {"file": "jobs.py", "line": line, "inside": inside, "calls": calls, "waiting": 0.0, "collecting": 0.0}
    return about | {"computing": computing, "unyielding": computing} | more


def why(
    parts: list[dict[str, Any]], again: dict[int, float], busy: float = 0.0, unseen: float = 0.0,
    threads: tuple[dict[str, Any], ...] = (), others: float = 0.0,
) -> dict[str, Any]:  # fmt: skip
    wall = busy + sum(one["computing"] + one["waiting"] for one in parts)
    seconds = unseen + sum(again.values())
    lines = [["jobs.py", line, seconds] for line, seconds in again.items()]
    return {
        "lines": {"lines": parts, "busy": busy, "wall": wall, "threads": {"lines": threads}},
        "again": {"computing": seconds, "unseen": unseen, "lines": lines, "others": others},
    }


def costs(of: dict[str, Any]) -> list[float]:
    return [one["unyielding"] for one in of["lines"]["lines"]]


@pytest.mark.parametrize(
    ("parts", "again", "expected"),
    [
        ([part(1, 0.3)], {1: 0.2}, [0.2]),
        ([part(1, 0.3), part(2, 0.15)], {1: 0.19, 2: 0.11}, [0.2, 0.1]),  # by samples: together they are right
        ([part(1, 0.3), part(2, 0.5, "zlib.compress", 3)], {1: 0.2, 2: 0.5}, [0.2, 0.5]),  # nothing slows a long call
        ([part(1, 0.3), part(2, 0.3, "os.stat", 9000)], {1: 0.2, 2: 0.2}, [0.2, 0.2]),
        ([part(1, 0.3, "cursor.fetchall", 3, collecting=0.1)], {1: 0.2}, [0.2]),  # whose garbage is heard of
        ([part(1, 0.3), part(2, 0.5)], {1: 0.2}, [0.2, 0.5]),  # an import is not done twice
        ([part(1, 0.3)], {1: 0.2, 7: 0.4}, [0.2]),  # nor is what comes later
        ([part(1, 0.3)], {1: 0.1}, [0.3]),  # it did less
        ([part(1, 0.3)], {1: 0.9}, [0.3]),  # or more
        ([part(1, 0.3)], {}, [0.3]),
        ([], {}, []),
    ],
)
def test_what_lines_compute(parts: list[dict[str, Any]], again: dict[int, float], expected: list[float]) -> None:
    assert costs(undisturbed(why(parts, again))) == pytest.approx(expected)


def test_where_code_in_c_lets_nobody_look() -> None:
    assert costs(undisturbed(why([part(1, 0.3)], {}, unseen=0.2))) == pytest.approx([0.2])


def test_the_round_is_as_much_shorter() -> None:
    found = undisturbed(why([part(1, 0.3, waiting=0.4)], {1: 0.22}, busy=0.03))
    assert found["lines"]["wall"] == pytest.approx(0.4 + 0.22)
    assert found["lines"]["busy"] == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("others", "expected"), [(0.7, [0.2, 0.5]), (1.1, [0.6, 0.5]), (0.1, [0.3, 0.5]), (1.5, [0.3, 0.5])]
)
def test_other_threads(others: float, expected: list[float]) -> None:
    found = undisturbed(why([], {}, threads=(part(1, 0.3), part(2, 0.5, "zlib.compress", 3)), others=others))
    assert [one["computing"] for one in found["lines"]["threads"]["lines"]] == pytest.approx(expected)


@pytest.mark.parametrize("seen", [{}, {"lines": {"lines": []}}, {"again": {}}])
def test_without_both_rounds_nothing_changes(seen: dict[str, Any]) -> None:
    assert undisturbed(seen) is seen
