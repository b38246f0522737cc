"""Twenty scripts as people write them: each strategy measures each as it is by hand, or says why it cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.plan.catalogue import several
from tests.builders import LOOK, Finished
from tests.own_code.timed import SCRIPTS, can, settled, wrong

Run = Callable[..., Finished]
COARSELY = 1.25
USUAL = several("usual")
FEW = ("gevent-patched", "asyncio")


def rows_hold(run: Run, scripts: list[Path], strategies: tuple[str, ...]) -> None:
    """Every script has a row for every strategy: a number where there can be one, else a reason."""
    chosen = [word for script in scripts for word in ("-W", f"{script}:task")]
    done = run("run", "-s", ",".join(strategies), *chosen, "--tasks", "3", *LOOK, "--json", "-")
    groups = json.loads(done.stdout)["groups"]
    assert len(groups) == len(scripts)
    for script, group in zip(scripts, groups, strict=True):
        for row in group["rows"]:
            where = (script.stem, row["strategy"], row["reason"])
            assert (row["status"] == "ok") == can(row["strategy"], script), where
            assert row["status"] == "ok" or row["reason"], where


@pytest.mark.parametrize(
    "scripts",
    [
        pytest.param(SCRIPTS[first::4], marks=(pytest.mark.slow, pytest.mark.together) if first else ())
        for first in range(4)
    ],
    ids=["1", "2", "3", "4"],
)
def test_each_script_has_a_number_or_a_reason(harness: Run, scripts: list[Path]) -> None:
    rows_hold(harness, scripts, FEW)


@pytest.mark.slow
@pytest.mark.together
@pytest.mark.parametrize("scripts", [SCRIPTS[first::4] for first in range(4)], ids=["1", "2", "3", "4"])
def test_each_script_has_a_number_or_a_reason_under_every_other_strategy(harness: Run, scripts: list[Path]) -> None:
    rows_hold(harness, scripts, tuple(name for name in USUAL if name not in FEW))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("strategy", "script"),
    [(USUAL[place % len(USUAL)], script) for place, script in enumerate(SCRIPTS)],
    ids=lambda one: one.stem if isinstance(one, Path) else one,
)
def test_a_number_is_that_by_hand(strategy: str, script: Path) -> None:
    """Each script and each strategy, not each with each, and as near as a machine with neighbours allows; all of them,
    to a twentieth, are a command (docs/own-code.md)."""
    found = settled(strategy, script, COARSELY)
    assert not wrong(strategy, script, found, COARSELY), found
