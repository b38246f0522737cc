"""Where values lie, and which have ticks."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as some

from harness.page import axes, words

values = some.lists(some.floats(1e-9, 1e9), min_size=1, max_size=8)


@given(values)
def test_every_value_lies_on_its_axis(found: list[float]) -> None:
    axis = axes.around(found)
    assert all(axes.INSET - 1e-6 <= axis.at(one) <= 100 - axes.INSET + 1e-6 for one in found)


@given(values, some.floats(80, 1000))
def test_no_two_labels_touch(found: list[float], room: float) -> None:
    ticks = axes.around(found).ticks(words.tick, room)
    for left, right in itertools.pairwise(ticks):
        assert (right.at - left.at) * room / 100 >= axes.LETTER * (len(left.label) + len(right.label)) / 2


@given(some.lists(some.floats(0.01, 100), max_size=8), some.floats(80, 1000))
def test_the_axis_against_the_fastest_always_has_its_1(found: list[float], room: float) -> None:
    axis = axes.versus(found)
    assert axis.low <= 0.95
    assert axis.high >= 1.25
    assert "1" in [tick.label for tick in axis.ticks(words.factor, room, first=[1.0])]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.013, "13.0 ms"),
        (0.9996e-3, "1.00 ms"),
        (4.2e-7, "420 ns"),
        (61.0, "61.0 s"),
        (0.0, "0.00 ns"),
    ],
)
def test_times_have_three_digits(seconds: float, said: str) -> None:
    assert words.seconds(seconds) == said.replace(" ", words.THIN)


@pytest.mark.parametrize(
    ("share", "said"), [(0.02, "2 %"), (0.044, "4.4 %"), (0.52, "52 %"), (1.52, "152 %"), (0.0, "0 %")]
)
def test_shares_have_no_digits_that_say_nothing(share: float, said: str) -> None:
    assert words.share(share) == said.replace(" ", words.THIN)


def test_names_are_cut_by_cells() -> None:
    assert words.short("n" * 41) == f"{'n' * 39}…"
    assert len(words.short("并" * 30)) <= 21
    assert words.listed([f"s{one}" for one in range(9)]) == "s0, s1, s2, s3 and 5 others"
