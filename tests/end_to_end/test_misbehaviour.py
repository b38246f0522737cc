"""Tasks that misbehave, under each strategy: a status and a reason each, and other cells that know nothing of it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.strategies import BUILT_IN
from tests.builders import Finished
from tests.hostile import KINDS, alive, module, numbers

QUICK = (
    "raises_surrogate", "leaves", "crashes", "signals_parent_SIGKILL", "signals_parent_SIGTERM", "kills_parents_group",
    "closes_all", "leaves_a_daemon",
)  # fmt: skip
ELSEWHERE = ("processes", "interpreters")
"""Where tasks are not in the worker itself: what ends one of them, or has it wait, is told in
the pool's words."""
SMALL = ("--tasks", "2", "--blocks", "1", "--rounds", "1", "--warmup", "0", "--timeout", "1", "--json", "-")


def rows(harness: Callable[..., Finished], folder: Path, strategies: str, kinds: Sequence[str]) -> dict[str, list[Any]]:
    """The rows of each kind, and of what is measured before, between and after them; nothing is left running."""
    (folder / "jobs.py").write_text(module())
    wanted = [f"./jobs.py:{kind}+a{kind}" for kind in kinds]
    asked = [word for one in ("noop", *wanted, "switch") for word in ("-W", one)]
    done = harness("run", "-s", strategies, *asked, *SMALL)
    assert done.returncode == 3, done.stderr
    assert not alive(numbers(folder / "started"))
    said = json.loads(done.stdout)
    assert said["status"] == "partial"
    return dict(zip(("noop", *kinds, "switch"), [group["rows"] for group in said["groups"]], strict=True))


def hold(found: dict[str, list[Any]]) -> None:
    wrong = []
    for name, kind in KINDS.items():
        for row in found.get(name, ()):
            reason = row.get("reason") or ""
            if row["status"] == "unsupported" or row["status"] == "unavailable":
                continue
            elsewhere = row["strategy"] in ELSEWHERE
            statuses = {*kind.statuses, "timeout"} if elsewhere else kind.statuses
            expected = "" if elsewhere else kind.reason
            if row["status"] not in statuses or (row["status"] != "ok" and not re.search(expected, reason)):
                wrong.append((name, row["strategy"], row["status"], reason))
    assert not wrong
    assert {row["status"] for name in ("noop", "switch") for row in found[name]} <= {"ok", "unavailable"}


def test_a_task_that_misbehaves_is_its_rows_own_affair(harness: Callable[..., Finished], tmp_path: Path) -> None:
    hold(rows(harness, tmp_path, "threads,asyncio", QUICK))


@pytest.mark.slow
@pytest.mark.together
@pytest.mark.parametrize("strategy", BUILT_IN if "EVERY_STRATEGY" in os.environ else ("gevent", "asyncio", "processes"))
def test_each_kind_under_each_strategy(harness: Callable[..., Finished], tmp_path: Path, strategy: str) -> None:
    for part in (list(KINDS)[::2], list(KINDS)[1::2]):
        hold(rows(harness, tmp_path, strategy, part))
