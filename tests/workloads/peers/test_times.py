"""All times of a load generator as text: whoever puts several together has the percentiles of one list."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.workloads.latency import latencies
from harness.workloads.peers.times import of_all, packed, unpacked

NANOSECONDS = st.integers(0, 10**15)


@given(st.lists(NANOSECONDS))
def test_what_is_unpacked_is_what_was_packed_in_order(times: list[int]) -> None:
    assert unpacked(packed([one / 1e9 for one in times])) == sorted(times)


@given(st.lists(NANOSECONDS, min_size=1), st.integers(1, 7), st.randoms(use_true_random=False))
def test_percentiles_of_any_split_are_those_of_one_list(times: list[int], parts: int, at_random: random.Random) -> None:
    dealt: list[list[float]] = [[] for _ in range(parts)]
    for one in times:
        at_random.choice(dealt).append(one / 1e9)
    alone = latencies(sorted(times))
    assert of_all(map(packed, dealt)) == {name: one / 1e9 for name, one in alone.items()}


def test_of_no_times_there_is_nothing_to_report() -> None:
    assert of_all([packed([]), packed([])]) == {}


def test_a_time_is_a_character_or_two() -> None:
    at_random = random.Random(1)
    times = [0.0012 * at_random.lognormvariate(0, 0.5) for _ in range(100_000)]
    assert len(packed(times)) < 1.25 * len(times)


@pytest.mark.parametrize("text", ["?", "AAAA", packed([1.0])[:-4]])
def test_what_is_no_such_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpacked(text)
