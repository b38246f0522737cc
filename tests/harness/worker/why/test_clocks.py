"""Where time without computing went to, by counts that the test gives."""

from __future__ import annotations

import pytest

from harness.worker.why import clocks
from harness.worker.why.clocks import Off, Preemption


@pytest.mark.parametrize(
    ("off", "woken", "rivals", "expected"),
    [
        (0.02, 0, True, Off(0.02, 0.0, 0.0)),  # it had given its core to nobody: others took it
        (0.02, 4, True, Off(0.0, 0.02, 0.0)),  # it asked for the GIL in each switch interval
        (0.02, 1, True, Off(0.0, 0.0, 0.02)),  # it slept, while others computed
        (0.02, 4, False, Off(0.0, 0.0, 0.02)),  # nobody had the GIL
        (0.06, 12, True, Off(0.0, 0.0, 0.06)),  # nobody waits for it so long
        (0.008, 1, True, Off(0.0, 0.008, 0.0)),  # too short to tell
    ],
)
def test_a_wait_beside_threads_that_compute(
    monkeypatch: pytest.MonkeyPatch, off: float, woken: int, rivals: bool, expected: Off
) -> None:
    given = iter([0, woken])
    monkeypatch.setattr(Preemption, "_given_away", lambda self: next(given))
    monkeypatch.setattr(Preemption, "_delayed", lambda self: 0.0)
    monkeypatch.setattr(clocks, "process_time", lambda: 0.0)
    monkeypatch.setattr(clocks, "thread_time", lambda: 0.0)
    assert Preemption().of(off, rivals) == expected
