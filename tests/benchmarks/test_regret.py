"""The points of `regret.py`, what is made of their truth, and three of them in a short form."""

from __future__ import annotations

import math
import time
from pathlib import Path

import click
import pytest

from tests.benchmarks.regret import EASY, HARD, ROUND, Point, Said, go_on, kept, points, regret, repeated, table

TRUTH = {"asyncio": [1.0, 1.1, 1.0, 1.1], "threads": [1.2, 1.0, 1.2, 1.0]}


def said(use: list[str]) -> Said:
    return Said(Point("native", 10, 10, 0.01, 0.0), use, "threads", 9.0, TRUTH, "2026-11-27T12:00:00+00:00")


def test_a_seed_draws_the_same_points_half_of_them_hard() -> None:
    drawn = list(points(50))
    assert drawn == list(points(60))[:50]
    assert sum(point.kind in HARD for point in drawn) == 25
    assert {point.kind for point in drawn} == {*EASY, *HARD}
    assert all(2 <= point.tasks <= 2000 and point.waiting <= ROUND[1] for point in drawn)
    assert all(point.concurrency < point.tasks for point in drawn if point.kind == "fewer")


def test_regret_is_the_worst_of_those_that_are_named() -> None:
    assert regret(["asyncio"], TRUTH) == 1.0
    assert regret(["asyncio", "threads"], TRUTH) == pytest.approx(1.1 / 1.05)
    assert regret(["gevent"], TRUTH) == math.inf
    assert regret([], TRUTH) == math.inf


def test_the_truth_is_judged_by_its_other_half() -> None:
    assert repeated(TRUTH) == pytest.approx([1.1, 1.2])


def test_the_table_has_a_line_for_each_rule() -> None:
    lines = {line.split("  ")[0]: line for line in table([said(["asyncio"]), said([])]).splitlines() if line}
    assert "1 of 2" in lines["advise: the first"]
    assert "2 of 2" in lines["always asyncio"]
    assert "0 of 4" in lines["the truth: one half by the other"]


def test_a_damaged_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "regret.jsonl").write_text("{\n")
    with pytest.raises(click.ClickException, match=r"regret\.jsonl"):
        kept(tmp_path / "regret.jsonl")


@pytest.mark.slow
@pytest.mark.alone
def test_three_points_go_on_where_they_were_stopped_and_no_pick_is_far_from_the_best(tmp_path: Path) -> None:
    path = tmp_path / "regret.jsonl"
    told: list[str] = []
    strategies = ["gevent-patched", "asyncio", "thread-pool"]
    for count in (1, 3):
        go_on(path, tmp_path, count, time.monotonic() + 300, told.append, 40.0, strategies, 4)
    found = kept(path)
    assert (len(found), len(told)) == (3, 3)
    for one in found:
        assert one.use
        assert regret(one.use[:1], one.truth) < 2  # no figure: a pick that is plainly wrong is several times as slow
