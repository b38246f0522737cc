"""A trace, as whoever asked for it gets it."""

from __future__ import annotations

from harness.record.plan import PlannedGroup, PlannedStrategy
from harness.tracing.file import NOTHING
from harness.tracing.run import made


def test_no_password_is_in_a_trace() -> None:
    group = PlannedGroup("http", "e:F", {"url": "http://me:secret@host/", "latency": 0.1}, 10, 10)
    said = made(PlannedStrategy("threads", "a:B"), group, NOTHING, "failed", "refused: http://me:secret@host/")
    assert said.options == {"url": "http://me:***@host/", "latency": 0.1}
    assert said.reason == "refused: http://me:***@host/"
