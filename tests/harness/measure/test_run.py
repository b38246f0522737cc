"""When a run stops, with blocks of our own in place of workers."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
import pytest

from harness.measure.run import LOOKS, Measurement, cpus
from harness.record.plan import Pin
from harness.record.sample import Line
from tests.builders import plan, sample


class Blocks(Measurement):
    """Each block takes no time, and its ratio deviates by a share."""

    def __init__(self, deviation: float, **changes: Any) -> None:
        self.lines: list[Line] = []
        super().__init__(msgspec.structs.replace(plan(), **changes), self, lambda text: None)
        self._deviation, self._normal = deviation, np.random.default_rng(1)

    def append(self, line: Line) -> None:
        self.lines.append(line)

    def _block(self, block: int, number: int) -> None:
        self._keep(sample(0, block, 1.0))
        self._keep(sample(1, block, math.exp(self._normal.normal(0.0, self._deviation))))


def blocks(deviation: float, **changes: Any) -> int:
    run = Blocks(deviation, **changes)
    run.run()
    return run.blocks


def test_a_precise_run_stops_at_the_first_look() -> None:
    assert blocks(0.001, blocks=40, precision=0.01) == LOOKS[0]


def test_a_noisy_run_goes_on_to_a_later_look() -> None:
    assert blocks(0.06, blocks=40, precision=0.025) in LOOKS[1:]


def test_what_cannot_be_reached_ends_with_the_blocks() -> None:
    assert blocks(1.0, blocks=40, precision=0.0001) == 40


@pytest.mark.parametrize("deviation", [0.0001, 1.0])
def test_without_a_precision_the_blocks_are_as_many_as_asked(deviation: float) -> None:
    assert blocks(deviation, blocks=12) == 12


def test_there_is_a_mark_before_each_block_and_one_after_the_last() -> None:
    run = Blocks(0.1, blocks=3)
    run.run()
    assert [line.block for line in run.lines if hasattr(line, "loop_seconds")] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("pin", "has_peer", "cores", "expected"),
    [
        ("apart", True, {0, 1, 2}, ([0], [1, 2])),
        ("apart", True, {3}, ([], [])),
        ("apart", False, {0, 1}, ([], [])),
        ("none", True, {0, 1}, ([], [])),
        ("one", False, {0, 1, 2}, ([2], [0, 1])),
        ("one", True, {5}, ([5], [])),
    ],
)
def test_which_cores(pin: Pin, has_peer: bool, cores: set[int], expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: cores)
    assert cpus(pin, has_peer) == expected
