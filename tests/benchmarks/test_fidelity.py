"""A strategy under the harness costs what it costs by hand, to two in a hundred."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.benchmarks.fidelity import HEADINGS, MOST, PAIRS, STRATEGIES, WORKLOADS, Duel, Ratio


@pytest.mark.parametrize(("strategy", "workload"), [(s, w) for s in STRATEGIES for w in WORKLOADS])
@pytest.mark.benchmark(group="fidelity")
def test_a_strategy_costs_no_more_than_by_hand(
    strategy: str, workload: str, benchmark: Any, row: Callable[[dict[str, Any]], None]
) -> None:
    with Duel(strategy, workload) as duel:
        benchmark.pedantic(duel.ours, setup=duel.before, teardown=duel.after, rounds=PAIRS)
    row(dict(zip(HEADINGS, duel.row(), strict=True)))
    for what in ("wall", "cpu"):
        ratio = duel.ratio(what)
        low, high = ratio.interval
        benchmark.extra_info[what] = {"ratio": ratio.estimate, "low": low, "high": high}
    assert benchmark.extra_info["wall"]["low"] <= MOST, "surely more wall time than by hand"
    assert benchmark.extra_info["cpu"]["low"] <= MOST, "surely more CPU time than by hand"


def test_the_interval_of_ten_pairs_leaves_out_one_at_each_end() -> None:
    assert Ratio([float(n) for n in range(10)]).interval == (1.0, 8.0)


def test_the_interval_of_six_pairs_leaves_out_none() -> None:
    assert Ratio([float(n) for n in range(6)]).interval == (0.0, 5.0)


def test_the_interval_of_five_pairs_says_nothing() -> None:
    assert Ratio([1.5] * 5).interval == (0.0, float("inf"))
