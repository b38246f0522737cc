"""The worker as a server: what it says of itself when it serves."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from harness.strategies.sequential import Sequential
from harness.worker import serving
from harness.worker.messages import Answer, Ready, Serve
from harness.workloads.echo import Echo


class Odd(Sequential):
    """One whose tasks return what it likes, and that serves nobody."""

    def run(self, task: Any, count: int, concurrency: int) -> list[Any]:
        return [("no", "loop")]

    def serve(self, *_: Any) -> None: ...

    def stop(self) -> None: ...


def test_a_loop_that_is_no_name_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "imported", lambda asked: (Odd(), Echo(side="server")))
    said: list[Answer] = []
    before = signal.getsignal(signal.SIGTERM)
    try:
        serving.serve(Serve("a:B", "c:D", {}, 1, 1), said.append)
    finally:
        signal.signal(signal.SIGTERM, before)
    (ready,) = said
    assert isinstance(ready, Ready)
    assert ready.facts["loop"] is None
