"""What tutorials say of strategies, asked of three of them with all experiments at their sizes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.builders import Finished


@pytest.mark.slow
def test_three_strategies_are_what_tutorials_say(harness: Callable[..., Finished]) -> None:
    done = harness("list", "strategies", "--measured", "-s", "gevent,gevent-patched,threads", "--json", "-")
    assert (done.returncode, done.stderr) == (0, "")
    found = {one["name"]: one["properties"] for one in json.loads(done.stdout)["strategies"]}

    def said(name: str, what: str = "answer") -> list[Any]:
        return [found[strategy][name]["finding"][what] for strategy in ("gevent", "gevent-patched", "threads")]

    assert said("waits-own-sleep") == ["yes", "yes", "yes"]
    assert said("waits-time-sleep") == said("waits-socket") == ["no", "yes", "yes"]
    assert said("loses-updates")[:2] == ["no", "no"]
    assert said("loses-updates-across-a-switch") == ["yes", "yes", "yes"]
    assert said("threads", "value") == [1, 1, 11]
    assert said("cores-c")[:2] == said("cores-python")[:2] == ["no", "no"]
    assert said("most-tasks", "of") == [10_000, 10_000, 1_000]
    assert all(value > 0 for name in ("switch", "task", "memory") for value in said(name, "value"))
    assert all(cell["command"] and cell["run"] for one in found.values() for cell in one.values())
