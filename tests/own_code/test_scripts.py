"""Twenty scripts as people write them: each strategy measures each, to a twentieth of what it takes by hand, or says
why it cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.strategies import BUILT_IN
from tests.builders import Finished
from tests.own_code.timed import MOST, SCRIPTS, can, settled

Run = Callable[..., Finished]
FEW = ("gevent-patched", "asyncio")


def rows_hold(run: Run, scripts: list[Path], strategies: tuple[str, ...]) -> None:
    """Every script has a row for every strategy: a number where there can be one, else a reason."""
    chosen = [word for script in scripts for word in ("-W", f"{script}:task")]
    done = run("run", "-s", ",".join(strategies), *chosen, "--tasks", "3", "--quick", "--json", "-")
    groups = json.loads(done.stdout)["groups"]
    assert len(groups) == len(scripts)
    for script, group in zip(scripts, groups, strict=True):
        for row in group["rows"]:
            where = (script.stem, row["strategy"], row["reason"])
            assert (row["status"] == "ok") == can(row["strategy"], script), where
            assert row["status"] == "ok" or row["reason"], where


@pytest.mark.parametrize("scripts", [SCRIPTS[first::4] for first in range(4)], ids=["1", "2", "3", "4"])
def test_each_script_has_a_number_or_a_reason(harness: Run, scripts: list[Path]) -> None:
    rows_hold(harness, scripts, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("scripts", [SCRIPTS[first::4] for first in range(4)], ids=["1", "2", "3", "4"])
def test_each_script_has_a_number_or_a_reason_under_every_other_strategy(harness: Run, scripts: list[Path]) -> None:
    rows_hold(harness, scripts, tuple(name for name in BUILT_IN if name not in FEW))


@pytest.mark.slow
@pytest.mark.parametrize("strategy", BUILT_IN)
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_number_is_that_by_hand(script: Path, strategy: str) -> None:
    found = settled(strategy, script)
    assert isinstance(found, float) == can(strategy, script), found
    if isinstance(found, float):
        assert 1 / MOST <= found <= MOST
