"""All the rounds of a worker have one loop, as a program has under `asyncio.run(main())`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.builders import LOOK

Measured = Callable[..., dict[str, dict[str, dict[str, Any]]]]
LOOPS = "asyncio,uvloop"


@pytest.mark.parametrize(
    "rounds",
    [
        LOOK,
        ("-w", "0", "-r", "1", "--blocks", "1"),
    ],
    ids=["quick", "no warm-up"],
)
def test_what_a_module_keeps_for_its_loop_works_in_every_round(measured: Measured, rounds: tuple[str, ...]) -> None:
    found = measured("loops.py", "limited locked queued told_once", LOOPS, "--tasks", "8", *rounds)
    reasons = {
        (name, row["strategy"]): row["reason"]
        for name, rows in found.items()
        for row in rows.values()
        if row["status"] != "ok"
    }
    assert not reasons
    assert 0.02 <= found["limited"]["asyncio"]["wall_seconds"]["median"] < 0.1
    assert found["locked"]["asyncio"]["wall_seconds"]["median"] >= 0.016


def test_a_session_and_a_connection_live_as_long_as_the_worker(
    measured: Measured, odd_server: tuple[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGE", f"{odd_server[0]}/plain")
    found = measured("loops.py", "session ask", LOOPS, "--timeout", "5", "-r", "2", "--blocks", "1")
    reasons = {
        (name, row["strategy"]): row["reason"]
        for name, rows in found.items()
        for row in rows.values()
        if row["status"] != "ok"
    }
    assert not reasons
