"""Options of strategies: what is known, what is chosen, and what is refused."""

from __future__ import annotations

import pytest

from harness.errors import HarnessError
from harness.plan.chosen import of_strategies, refuse_unknown, with_options
from harness.record.plan import PlannedGroup, PlannedStrategy

POOLED = PlannedStrategy("thread-pool", "t:T", options=["pool"])
PLAIN = PlannedStrategy("asyncio", "a:A")
BOTH = [PLAIN, POOLED]


def test_an_option_of_a_strategy_has_each_of_its_values() -> None:
    assert of_strategies([("seconds", "1"), ("pool", "2,5")], BOTH) == [{"pool": 2}, {"pool": 5}]
    assert of_strategies([("pool", "2")], [PLAIN]) == [{}]
    assert of_strategies([], BOTH) == [{}]


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "", "1,", "²"])
def test_it_is_a_whole_number(text: str) -> None:
    with pytest.raises(HarnessError, match="a whole number, 1 or more"):
        of_strategies([("pool", text)], BOTH)


def test_it_is_given_once() -> None:
    with pytest.raises(HarnessError, match=r"pool is given twice; several values are written pool=a,b"):
        of_strategies([("pool", "1"), ("pool", "2")], BOTH)


def test_an_option_is_a_workloads_or_a_strategys() -> None:
    refuse_unknown([("seconds", "1"), ("pool", "2")], BOTH, {"sleep": ["seconds"]})
    with pytest.raises(HarnessError, match=r"unknown option 'pol': sleep has seconds; thread-pool has pool"):
        refuse_unknown([("pol", "2")], BOTH, {"sleep": ["seconds"]})
    with pytest.raises(HarnessError, match=r"unknown option 'pool': noop has none$"):
        refuse_unknown([("pool", "2")], [PLAIN], {"noop": []})
    refuse_unknown([("pool", "2")], [PLAIN], {"mine": ["pool"]})
    with pytest.raises(HarnessError, match=r"both mine and thread-pool have it: rename that of mine"):
        refuse_unknown([("pool", "2")], BOTH, {"mine": ["pool"]})


def test_a_group_tells_whose_its_options_are() -> None:
    group = with_options(PlannedGroup("sleep", "e:F", {"seconds": 1.0}, 10, 10, shown=["seconds"]), {"pool": 2})
    assert group.options == {"seconds": 1.0, "pool": 2}
    assert group.shown == ["seconds", "pool"]
    assert group.of_workload == {"seconds": 1.0}
    assert (group.taken_by(POOLED), group.taken_by(PLAIN)) == ({"pool": 2}, {})
