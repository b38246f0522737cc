"""What `sweep` is asked for, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from harness.document.sweep import Absent, Stop
from harness.plan.request import Request
from harness.record.sample import Record
from tests.builders import Finished
from tests.harness.sweeps.simulated import TASKS, record, swept

STOP = Stop(strategy="b", worked=None, failed={"tasks": 3.0}, status="failed", reason="no", above=False)
GONE = Absent(strategy="b", status="unavailable", reason="needs Python 3.14")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 0),
        ({"absent": [GONE]}, 0),
        ({"absent": [msgspec.structs.replace(GONE, status="unsupported")]}, 0),
        ({"absent": [msgspec.structs.replace(GONE, status="failed")]}, 3),
        ({"stops": [msgspec.structs.replace(STOP, status="unavailable")]}, 0),
        ({"stops": [STOP]}, 3),
        ({"stops": [msgspec.structs.replace(STOP, status="timeout")]}, 3),
        ({"cut_short": "no host is left"}, 3),
        ({"points": []}, 3),
    ],
)
def test_what_cannot_be_had_is_no_failure(
    changes: dict[str, Any], status: int, cli: Callable[..., Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = msgspec.structs.replace(swept({"a": lambda n: 1.0}, TASKS, most=8), **changes)
    monkeypatch.setattr("harness.sweeps.sweep.sweep", lambda *_, **__: said)
    assert cli("sweep", "-W", "sleep", "--tasks", "1..1000").returncode == status


def test_each_worker_may_have_one_round(cli: Callable[..., Finished], monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def measured(request: Request, *_: Any) -> Record:
        asked.append(request)
        return record({"a": lambda n: 1.0}, TASKS, most=8)

    monkeypatch.setattr("harness.sweeps.sweep.measured", measured)
    assert cli("sweep", "-W", "sleep", "--tasks", "1..1000", "--fresh").returncode == 0
    assert [request.fresh for request in asked] == [True]
