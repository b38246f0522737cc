"""Whether values are the same, by their digests."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.worker.values import MOST_EACH, digest

Point = namedtuple("Point", "x y")
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=3), inside, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (True, 1),
        ([1, 2], (1, 2)),
        (Point(1, 2), [1, 2]),
        (b"x", bytearray(b"x")),
        ({"a": 1, "b": [2]}, {"b": (2.0,), "a": 1}),
        (OrderedDict(a=1), {"a": 1}),
        (float("nan"), float("nan")),
    ],
)
def test_equal_values_are_the_same(one: Any, other: Any) -> None:
    assert digest([one]) == digest([other]) != (None, None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1, "1"),
        (0.1, 0.2),
        ("x", b"x"),
        (None, 0),
        ([1, [2]], [[1], 2]),
        ([12], [1, 2]),
        (["a", "b"], ["ab"]),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, ["a", 1]),
        (b"x" * 100_000, b"x" * 100_001),
        (b"x" * 100_000, b"x" * 99_999 + b"y"),
        (10**40, 10**40 + 1),
        (float("inf"), 1.5),
    ],
)
def test_values_that_differ_are_not(one: Any, other: Any) -> None:
    assert digest([0, one])[0] != digest([0, other])[0]


@given(PLAIN, PLAIN)
def test_digests_are_the_same_where_values_are_equal(one: Any, other: Any) -> None:
    if one == other:
        assert digest([0, one]) == digest([0, other])
    else:
        assert digest([0, one])[0] != digest([0, other])[0]


@pytest.mark.parametrize("values", [[], [None, None], [1, object()], [{1, 2}], [[1] * 20_000]])
def test_values_that_prove_nothing_have_none(values: list[Any]) -> None:
    assert digest(values) == (None, None)


def test_each_of_the_first_tasks_has_its_digits() -> None:
    for count in (1, 7, MOST_EACH, MOST_EACH + 5):
        each = digest(list(range(count)))[1]
        assert each is not None
        assert len(each) == 6 * min(count, MOST_EACH)
