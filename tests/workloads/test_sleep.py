"""The sleep workload."""

from __future__ import annotations

import math
import time

import pytest

from harness.workloads.sleep import Sleep


class FakeIo:
    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.mark.parametrize(
    ("tasks", "concurrency", "floor"), [(20, 20, 0.25), (20, 100, 0.25), (20, 1, 5.0), (20, 7, 0.75), (21, 7, 0.75)]
)
def test_the_floor_is_a_sleep_for_each_wave(tasks: int, concurrency: int, floor: float) -> None:
    assert Sleep(seconds=0.25).floor(tasks, concurrency) == floor


@pytest.mark.parametrize("seconds", [-1, -0.001, math.inf, -math.inf, math.nan])
def test_seconds_that_nobody_can_sleep_are_a_value_error(seconds: float) -> None:
    with pytest.raises(ValueError, match="seconds must be a finite number"):
        Sleep(seconds=seconds)


def test_a_native_sleep_goes_through_the_io(monkeypatch: pytest.MonkeyPatch) -> None:
    past: list[float] = []
    monkeypatch.setattr(time, "sleep", past.append)
    io = FakeIo()
    assert Sleep(seconds=3.5).task(io, 4) == 4
    assert (io.slept, past) == ([3.5], [])


def test_a_stdlib_sleep_goes_past_the_io(monkeypatch: pytest.MonkeyPatch) -> None:
    past: list[float] = []
    monkeypatch.setattr(time, "sleep", past.append)
    io = FakeIo()
    assert Sleep(seconds=3.5, call="stdlib").task(io, 4) == 4
    assert (io.slept, past) == ([], [3.5])


@pytest.mark.parametrize("seconds", [0.02, 0.0])
def test_a_socket_on_which_nothing_comes_waits_as_long_past_the_io(seconds: float) -> None:
    io, began = FakeIo(), time.monotonic()
    assert Sleep(seconds=seconds, call="socket").task(io, 4) == 4
    assert time.monotonic() - began >= seconds
    assert io.slept == []


def test_a_missing_index_does_not_pass() -> None:
    assert Sleep().check([0, 1, 2]) is None
    assert Sleep().check([0, 2, 1]) is not None
