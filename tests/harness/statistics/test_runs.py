"""Moves from run to run: intervals that hold what they should, verdicts beyond the margin."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from harness.statistics.runs import CALLED, PRIOR, Measured, Moved, by_cells, by_history, judged
from tests.benchmarks.two_runs import coverage, drawn

PAIRS = 1500
ERROR = 3 * math.sqrt(0.02 * 0.98 / PAIRS)


def measured(*logs: float, samples: int = 8, rounds: int = 16, error: float = 0.0) -> list[Measured]:
    return [Measured(log, error, samples, rounds) for log in logs]


@pytest.mark.parametrize("own", [0.0, 0.005, 0.01, 0.03])
@pytest.mark.parametrize(("heavy", "least"), [(False, 0.995), (True, 0.98)])
def test_an_interval_of_runs_holds_no_change_however_much_runs_differ(own: float, heavy: bool, least: float) -> None:
    """By blocks the same pairs give 71, 45 and 17 % (statistics.md, D)."""
    found = coverage(own, 0.1, heavy, PAIRS, seed=18)
    assert min(held for held, _ in found.values()) >= least - ERROR


def test_cells_without_a_change_are_seldom_called_together() -> None:
    """One family: of all six cells by the others, and of the five by their history, without any margin."""
    random = np.random.default_rng(18)
    called = {"cells": 0, "history": 0}
    for _ in range(400):
        cells = drawn(0.01, 0.1, False, random)
        both = [(cell[0], cell[1]) for cell in cells]
        by_others = [by_cells(one, [two for two in both if two is not one]) for one in both]
        past = [[cell[2:]] for cell in cells[1:]]
        by_past = [
            by_history(cell[0], cell[1], past[place], past[:place] + past[place + 1 :])
            for place, cell in enumerate(cells[1:])
        ]
        for basis, moves in (("cells", by_others), ("history", by_past)):
            verdicts = [one.verdict for one in judged([move for move in moves if move], 0.0)]
            called[basis] += any(one in ("slower", "faster") for one in verdicts)
    assert max(called.values()) <= 400 * CALLED + 3 * math.sqrt(400 * CALLED)


def test_the_interval_is_a_t_interval_of_the_history() -> None:
    past = measured(0.01, -0.02, 0.03, 0.0)
    moved = by_history(*measured(0.0, 0.1), [past])
    assert moved is not None
    (said,) = judged([moved], 0.02)
    half = stats.t.ppf(1 - CALLED / 2, 3) * math.sqrt(2) * np.std([one.log_ratio for one in past], ddof=1)
    assert (said.low, said.high) == pytest.approx((0.1 - half, 0.1 + half))
    assert (said.level, said.verdict) == (CALLED, "undecided")


@pytest.mark.parametrize(
    ("others", "square", "freedom"),
    [
        ([], 1.0, 2),
        ([5.0], 1.0, 2),  # one other cell may be another kind of cell
        ([2.0, 2.0], (2 * 1 + PRIOR * 4) / (2 + PRIOR), 2 + PRIOR),
        ([0.5, 0.5], 1.0, 2 + PRIOR),  # its own scatter is the least
    ],
)
def test_the_scatter_of_other_cells_moderates_a_cells_own(others: list[float], square: float, freedom: int) -> None:
    past = [[measured(*(0.01 * times * one for one in (-1, 0, 1)))] for times in (1.0, *others)]
    moved = by_history(*measured(0.0, 0.1), past[0], past[1:])
    assert moved is not None
    assert (moved.error, moved.freedom) == (pytest.approx(0.01 * math.sqrt(2 * square)), freedom)


def test_the_interval_beside_other_cells_is_a_t_prediction() -> None:
    own, *others = zip(measured(*[0.0] * 5), measured(0.3, 0.01, -0.02, 0.03, 0.0), strict=True)
    moved = by_cells(own, others)
    assert moved is not None
    shifts = [0.01, -0.02, 0.03, 0.0]
    assert moved.estimate == pytest.approx(0.3 - np.mean(shifts))
    assert moved.error == pytest.approx(np.std(shifts, ddof=1) * math.sqrt(1.25))
    assert moved.freedom == 3


@pytest.mark.parametrize("past", [[], [[]], [[0.1]], [[0.1, 0.2]], [[0.1], [0.2], [0.3]], [[0.1, 0.2], [0.3]]])
def test_a_history_that_is_too_short_is_none(past: list[list[float]]) -> None:
    assert by_history(*measured(0.0, 0.1), [measured(*runs) for runs in past]) is None


def test_codes_have_their_own_means_and_share_a_deviation() -> None:
    one = by_history(*measured(0.0, 0.1), [measured(0.0, 0.01, 0.02), measured(5.0, 5.01, 5.02)])
    assert one is not None
    assert one.freedom == 4
    assert one.error == pytest.approx(0.01 * math.sqrt(2))


@pytest.mark.parametrize(("samples", "rounds", "times"), [(8, 16, 1.0), (2, 16, 2.0), (8, 4, 2.0), (80, 160, 1.0)])
def test_a_run_of_fewer_samples_or_rounds_counts_as_noisier(samples: int, rounds: int, times: float) -> None:
    usual = by_history(*measured(0.0, 0.1), [measured(0.0, 0.01, 0.02)])
    short = by_history(*measured(0.0, 0.1, samples=samples, rounds=rounds), [measured(0.0, 0.01, 0.02)])
    assert usual is not None
    assert short is not None
    assert short.error == pytest.approx(times * usual.error)


def test_a_run_whose_blocks_scatter_more_than_those_of_its_past_moves_more_by_itself() -> None:
    past = [measured(0.0, 0.01, 0.02, error=0.01)]
    quiet = by_history(*measured(0.0, 0.1, error=0.01), past)
    wild = by_history(measured(0.0, error=0.01)[0], measured(0.1, error=0.05)[0], past)
    assert quiet is not None
    assert wild is not None
    assert quiet.error == pytest.approx(0.01 * math.sqrt(2))
    assert wild.error == pytest.approx(math.sqrt(quiet.error**2 + 0.05**2 - 0.01**2))


def test_a_cell_whose_blocks_scatter_more_than_the_others_moves_more_by_itself() -> None:
    others = list(zip(measured(0.0, 0.0, 0.0), measured(0.01, 0.0, -0.01), strict=True))
    quiet = by_cells((measured(0.0)[0], measured(0.2)[0]), others)
    wild = by_cells((measured(0.0, error=0.1)[0], measured(0.2, error=0.1)[0]), others)
    assert quiet is not None
    assert wild is not None
    assert wild.error == pytest.approx(math.hypot(quiet.error, 0.1 * math.sqrt(2)))


@pytest.mark.parametrize(
    ("estimate", "error", "least", "verdict"),
    [
        (0.3, 0.01, 0.0, "slower"),
        (-0.3, 0.01, 0.0, "faster"),
        (0.3, 0.01, 0.5, "undecided"),
        (0.3, 0.2, 0.0, "undecided"),
        (0.0, 0.001, 0.0, "same"),
        (0.0, 0.0, 0.0, "same"),
        (0.1, 0.0, 0.0, "slower"),
        (0.019, 0.00001, 0.0, "same"),
    ],
)
def test_a_verdict_lies_beyond_the_margin_or_within_it(
    estimate: float, error: float, least: float, verdict: str
) -> None:
    assert judged([Moved(estimate, error, 4, least)], 0.02)[0].verdict == verdict


def test_several_moves_are_tested_at_holms_levels() -> None:
    said = judged([Moved(0.5, 0.01, 4), Moved(0.0, 0.01, 4), Moved(0.01, 0.01, 4)], 0.02)
    assert [one.level for one in said] == [CALLED / 3, CALLED / 2, CALLED / 2]
    assert judged([], 0.02) == []
