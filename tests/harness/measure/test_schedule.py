"""What the time of a run has room for."""

from __future__ import annotations

import pytest

from harness.measure.schedule import Ahead, due, in_all


@pytest.mark.parametrize(
    ("elapsed", "blocks", "found"),
    [
        (6.0, (2, 2, 2), [0, 1, 2]),
        (18.0, (5, 5, 5), [0, 1, 2]),  # 30 s more: there is time for all
        (36.0, (4, 5, 5), [0, 1]),  # 28 s more: not for the last
        (36.0, (9, 5, 5), [0]),
        (59.0, (1, 1, 1), []),  # no block of any ends in time
        (36.0, (0, 0, 0), [0, 1, 2]),  # nothing is needed, and there is time for more
        (44.0, (0, 0, 0), []),
        (44.0, (0, 1, 0), [1]),  # no time for more than is needed
    ],
)
def test_time_goes_to_what_is_needed_first(elapsed: float, blocks: tuple[int, ...], found: list[int]) -> None:
    ahead = {group: Ahead(number, 2.0) for group, number in enumerate(blocks)}
    assert due(ahead, 60.0 - elapsed, 45.0 - elapsed) == found


def test_what_lies_ahead_takes_its_blocks() -> None:
    assert in_all({0: Ahead(5, 2.0), 1: Ahead(5, 1.0)}) == 15
