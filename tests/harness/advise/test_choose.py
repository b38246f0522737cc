"""Which candidates are measured."""

from __future__ import annotations

import msgspec
import pytest

from harness.advise.choose import Chosen, choose, costs_here, foretold, too_slow
from harness.advise.machine import Machine
from harness.advise.model import Costs
from harness.advise.probe import Probe
from tests.builders import plan

FORETOLD = {"uvloop": 1.0, "asyncio": 1.1, "trio": 2.9, "gevent": 3.1, "threads": 12.0, "sequential": 26.0}


@pytest.mark.parametrize(
    ("objective", "names"),
    [("wall", ["uvloop", "asyncio", "trio"]), ("cpu", ["uvloop", "asyncio", "trio", "gevent"])],
)
def test_those_within_reach_of_the_least(objective: str, names: list[str]) -> None:
    assert choose(FORETOLD, ["sequential"], objective, 1000.0).names == names  # type: ignore[arg-type]


def test_three_are_measured_however_far_apart() -> None:
    assert len(choose({"a": 0.1, "b": 5.0, "c": 9.0, "d": 10.0}, [], "wall", 1000.0).names) == 3


def test_what_is_there_to_teach_is_none() -> None:
    assert choose({"sequential": 0.001, "threads": 0.1}, ["sequential"], "wall", 1000.0).names == ["threads"]


@pytest.mark.parametrize(("left", "many"), [(1000.0, 5), (100.0, 3), (30.0, 2), (1.0, 2)])
def test_less_time_has_fewer_and_two_are_the_fewest(left: float, many: int) -> None:
    assert len(choose(dict.fromkeys("abcde", 1.0), [], "wall", left).names) == many


def test_too_slow_says_how_long_it_would_take_and_what_to_type() -> None:
    said = too_slow(Chosen(["a", "b"], 300.0), {"a": 30.0, "b": 31.0}, 90.0)
    assert said
    assert "about 30 s" in said
    assert "--max-time 960" in said
    assert "a block of one strategy 300 s" in (too_slow(Chosen(["a"], 300.0), {"a": 30.0}, 90.0) or "")
    assert too_slow(Chosen(["a", "b"], 80.0), {"a": 30.0, "b": 31.0}, 90.0) is None


def test_a_strategy_whose_costs_nobody_knows_is_measured() -> None:
    machine = Machine({}, 0.0, costs={"a:B": Costs(0.1, 0.1)})
    probe = Probe("gevent", 3, 0.5, 0.0, four={"sequential": 2.0, "gevent": 0.5}, blocked=["sequential"])
    found = foretold(plan(), probe, machine)
    assert list(found) == ["gevent", "sequential"]
    assert found["gevent"] == pytest.approx(0.5)


def test_a_function_that_uses_several_cores_has_them_foretold() -> None:
    assert costs_here(Costs(), 2.0) == msgspec.structs.replace(Costs(), parallel=0.5)
