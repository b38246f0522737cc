"""A few of the random kills: the program makes thousands (`python -m tests.benchmarks.kills`)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.benchmarks.kills import KINDS, Try, one
from tests.benchmarks.tries import rows


@pytest.mark.slow
@pytest.mark.together
@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_loses_nothing_doubles_nothing_and_leaves_nothing(tmp_path: Path, kind: str) -> None:
    done = one(tmp_path, kind, random.uniform(0.5, 2.0))
    assert (done.lost, done.doubled, done.processes, done.folders, done.unfinished) == (0, 0, 0, 0, 0)


def test_the_table_has_a_line_for_each_kind_and_one_for_all() -> None:
    tries = [Try("runner", 3, 0, 0, 1, 0, 0), Try("peer", 2, 0, 0, 0, 0, 0), Try("runner", 1, 1, 0, 0, 0, 0)]
    assert list(rows(it._asdict() for it in tries)) == [
        ["runner", 2, 4, 1, 0, 1, 0, 0],
        ["peer", 1, 2, 0, 0, 0, 0, 0],
        ["all", 3, 6, 1, 0, 1, 0, 0],
    ]
