"""A peer or a load generator that is killed in a round: it is named, and costs its rows one block."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import psutil
import pytest

import harness
from harness.process.child import Child
from harness.process.orphans import house


def peer() -> psutil.Process:
    """What is at the other end: of those that run, it was started first."""
    return min((psutil.Process(cast(Child, one).pid) for one in house.running), key=lambda one: one.create_time())


@pytest.mark.parametrize(
    ("workload", "options", "who"),
    [
        ("http", {}, "the peer harness.workloads.peers.http: it was killed by SIGKILL"),
        ("echo", {"side": "server"}, "the load generator: it was killed by SIGKILL"),
        ("echo", {"side": "server", "generators": "2"}, "load generator 1 of 2: it was killed by SIGKILL"),
    ],
)
def test_one_that_is_killed_is_named_and_costs_a_block(
    tmp_path: Path, workload: str, options: dict[str, str], who: str
) -> None:
    killed = []

    def tell(text: str) -> None:
        if "round 2" in text and not killed:
            killed.append(peer())
            killed[0].kill()

    said = harness.run(
        workload, strategies=["threads", "gevent"], options=options, blocks=3, rounds=3, results=tmp_path, tell=tell
    )
    assert len(killed) == 1
    (group,) = said.groups
    assert [(row.status, row.samples) for row in group.rows] == [("ok", 2), ("ok", 2)]
    assert [[text for text in row.warnings if who in text] for row in group.rows] == [
        [f"1 of its blocks is missing: {who}"]
    ] * 2
    assert said.status == "complete"
