"""Whatever tasks print, log, warn or close: rows are what they would be without."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.builders import LOOK, Finished

Measured = Callable[..., dict[str, dict[str, dict[str, Any]]]]


def test_noise_reaches_neither_the_rows_nor_the_json(measured: Measured) -> None:
    found = measured("noise.py", "shouts warns strict by_descriptor", "threads,gevent,asyncio", *LOOK, "--tasks", "12")
    assert {row["reason"] for by_strategy in found.values() for row in by_strategy.values()} == {None}
    assert all(row["wall_seconds"]["median"] >= 0.01 for by_strategy in found.values() for row in by_strategy.values())


def test_closed_streams_are_the_tasks_own(measured: Measured) -> None:
    found = measured("noise.py", "closes_streams replaces_stdout closes_descriptors", "sequential,threads", *LOOK)
    rows = [(name, row) for name, by_strategy in found.items() for row in by_strategy.values()]
    assert all(row["status"] == "ok" for name, row in rows if name != "closes_descriptors")
    assert all(row["wall_seconds"]["median"] >= 0.01 if row["status"] == "ok" else row["reason"] for _, row in rows)


def test_the_terminal_sees_nothing_of_it(harness: Callable[..., Finished], bring: Callable[[str], Any]) -> None:
    bring("noise.py")
    done = harness("run", "-s", "threads", "-W", "./noise.py:shouts", "--tasks", "3", *LOOK, "--json", "-")
    json.loads(done.stdout)
    assert done.stderr == ""
