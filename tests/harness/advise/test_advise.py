"""What is refused before anything is measured, and what is said while it is."""

from __future__ import annotations

import math
from typing import Any

import pytest

from harness import HarnessError, api
from harness.advise import machine, steps
from harness.advise.advise import advice
from harness.advise.known import Known
from harness.advise.machine import Machine
from harness.advise.model import Costs
from tests.builders import plan


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"objective": "x"}, "'x' is no objective: wall, cpu, memory, p99"),
        ({"limits": {"x": 1.0}}, "'x' is no objective: wall, cpu, memory, p99"),
        ({"limits": {"wall": 0.0}}, "--limit wall=0: a finite number, more than 0"),
        ({"limits": {"memory": math.inf}}, "--limit memory=inf: a finite number, more than 0"),
    ],
)
def test_what_is_no_objective_is_refused_before_anything_is_measured(
    asked: dict[str, Any], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(api, "asked")
    with pytest.raises(HarnessError, match=f"^{why}$"):
        advice("noop", **asked)


@pytest.mark.parametrize(
    ("known", "said"), [({"a:B": Costs()}, "what one strategy costs"), ({}, "what 2 strategies cost")]
)
def test_one_strategy_is_no_several(known: dict[str, Costs], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found, told = Machine({}, 0.0, costs=known), list[str]()
    monkeypatch.setattr(machine, "kept", lambda: found)
    monkeypatch.setattr(machine, "keep", lambda found: None)
    monkeypatch.setattr(machine, "calibrated", lambda plan, found, seconds: found)
    steps.calibrated(Known(plan(), "wall", {}, []), steps.Asked(math.inf, 60.0, None, told.append))
    assert told == [f"{said} on this machine, once (about 20 s)"]
