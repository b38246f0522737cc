"""Two stored runs: how far a cell moved between them, and how far runs differ by themselves. Pure functions of numbers.

The unit is the run: what its blocks share (where the program lay, what the machine was like that minute) is not in
their scatter, so an interval needs several runs (Kalibera and Jones 2013, Rigorous benchmarking in reasonable time)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, variance
from typing import NamedTuple

from harness.statistics.paired import ALPHA, Verdict, holm_levels
from harness.statistics.student import t_quantile, within

FEWEST = 3
"""Runs of history, or other cells, that an interval needs."""
CALLED = 0.005
"""The error rate of all moves that a comparison calls. It is asked for at each change, and nobody looks twice: with
0.05 three of a hundred runs of the same code were called other than those before."""
PRIOR = 3
"""Degrees of freedom that the variances of the other cells count for beside a cell's own."""

Runs = Sequence[Sequence["Measured"]]
"""A cell's past runs, those of each code together."""


class Measured(NamedTuple):
    """A cell in one run: the logarithm of its ratio to the reference, the standard error that blocks give that, and of
    how many samples and rounds it is."""

    log_ratio: float
    error: float
    samples: int
    rounds: int


class Moved(NamedTuple):
    """How far a cell moved from one run to another (a logarithm), with a standard error of so many degrees of freedom.

    What moved by less than `least`, a logarithm, is not called."""

    estimate: float
    error: float
    freedom: int
    least: float = 0.0


class Judged(NamedTuple):
    """What is said of a move: an interval at the level at which Holm's procedure tested it, and the verdict."""

    low: float
    high: float
    level: float
    verdict: Verdict


def by_history(then: Measured, now: Measured, past: Runs, others: Sequence[Runs] = ()) -> Moved | None:
    """A cell's move beside the deviation of its past runs within each code that they are of; None where those are
    fewer than three, or than three would be once each code has its own mean.

    Where two or more other cells have a history, the variance is moderated by the mean of theirs (Smyth 2004, with a
    fixed prior) and never below the cell's own, for some cells scatter more than others. Where the blocks of the two
    scatter more than those of their past, that is added."""
    own = _spread(past)
    if own is None:
        return None
    square, freedom = own
    theirs = [one.square for one in map(_spread, others) if one]
    if len(theirs) > 1:
        moderated = (freedom * square + PRIOR * fmean(theirs)) / (freedom + PRIOR)
        square, freedom = max(square, moderated), freedom + PRIOR
    runs = [one for of_code in past for one in of_code]
    more = max(0.0, _noise((then, now)) - 2 * fmean(one.error**2 for one in runs))
    error = math.sqrt(square * (_noisier(then, runs) + _noisier(now, runs)) + more)
    return Moved(now.log_ratio - then.log_ratio, error, freedom)


class _Spread(NamedTuple):
    square: float
    freedom: int


def _spread(past: Runs) -> _Spread | None:
    freedom = sum(len(runs) - 1 for runs in past if runs)
    if freedom < FEWEST - 1:
        return None
    squares = sum(variance(one.log_ratio for one in runs) * (len(runs) - 1) for runs in past if len(runs) > 1)
    return _Spread(squares / freedom, freedom)


def _noisier(one: Measured, past: Sequence[Measured]) -> float:
    """By how much at most the variance of a run exceeds that of past ones, since it has fewer samples or rounds: as if
    all of theirs were of that kind."""
    samples = fmean(1 / run.samples for run in past) * one.samples
    rounds = fmean(1 / run.rounds for run in past) * one.rounds
    return max(1.0, 1 / samples, 1 / rounds)


def by_cells(own: tuple[Measured, Measured], others: Sequence[tuple[Measured, Measured]]) -> Moved | None:
    """A cell's move beyond the mean of those of other cells (each then and now), with the deviation of these (a t
    prediction); where its own blocks scatter more than theirs, that is added. None where they are fewer than three."""
    if len(others) < FEWEST:
        return None
    moves = [_move(pair) for pair in others]
    more = max(0.0, _noise(own) - fmean(map(_noise, others)))
    error = math.sqrt(variance(moves) * (1 + 1 / len(moves)) + more)
    return Moved(_move(own) - fmean(moves), error, len(moves) - 1)


def _move(pair: tuple[Measured, Measured]) -> float:
    return pair[1].log_ratio - pair[0].log_ratio


def _noise(pair: tuple[Measured, Measured]) -> float:
    return pair[0].error ** 2 + pair[1].error ** 2


def judged(moves: Sequence[Moved], margin: float) -> list[Judged]:
    """All moves of a comparison at once, at Holm's levels. `slower` and `faster`: the whole interval lies beyond the
    margin (a share); `same`: the 90 % interval lies within it (Schuirmann 1987)."""
    levels = holm_levels([_p(move) for move in moves], CALLED)
    return [_judged(move, level, math.log1p(margin)) for move, level in zip(moves, levels, strict=True)]


def _p(move: Moved) -> float:
    """Two-sided, of no move."""
    if not move.error:
        return 0.0 if move.estimate else 1.0
    return 1 - within(move.freedom, abs(move.estimate) / move.error)


def _judged(move: Moved, level: float, bound: float) -> Judged:
    half = t_quantile(move.freedom, 1 - level / 2) * move.error
    narrow = t_quantile(move.freedom, 1 - ALPHA) * move.error
    verdict: Verdict = "undecided"
    if abs(move.estimate) - half > bound and abs(move.estimate) >= move.least:
        verdict = "slower" if move.estimate > 0 else "faster"
    elif abs(move.estimate) + narrow < bound:
        verdict = "same"
    return Judged(move.estimate - half, move.estimate + half, level, verdict)
