"""A strategy under the harness costs what it costs by hand, to two in a hundred."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.benchmarks.fidelity import BLOCKS, HEADINGS, MOST, STRATEGIES, TURNS, WORKLOADS, Duel


@pytest.mark.parametrize(("strategy", "workload"), [(s, w) for s in STRATEGIES for w in WORKLOADS])
@pytest.mark.benchmark(group="fidelity")
def test_a_strategy_costs_no_more_than_by_hand(
    strategy: str, workload: str, benchmark: Any, row: Callable[[dict[str, Any]], None]
) -> None:
    with Duel(strategy, workload) as duel:
        benchmark.pedantic(duel.ours, setup=duel.before, teardown=duel.after, rounds=BLOCKS * TURNS)
        if benchmark.disabled:  # nothing was torn down
            duel.after()
    row(dict(zip(HEADINGS, duel.row(), strict=True)))
    for what in ("wall", "cpu"):
        ratio = duel.ratio(what)
        benchmark.extra_info[what] = ratio._asdict()
    assert benchmark.extra_info["wall"]["low"] <= MOST, "surely more wall time than by hand"
    assert benchmark.extra_info["cpu"]["low"] <= MOST, "surely more CPU time than by hand"
