"""What a run does when, with an executor of our own in place of processes."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import pytest

from harness.measure.cell import Driver, Place
from harness.measure.count import Counting
from harness.measure.processes import Start
from harness.measure.run import LOOKS, Measurement, cpus
from harness.process.channel import Failure
from harness.record.plan import Pin, PlannedGroup
from harness.record.sample import Host, Line, Round, Sample
from harness.worker.messages import RoundKind
from tests.builders import plan, sample


class Fake:
    """An executor without processes: a worker's rounds take no time, and say what a script wants of them."""

    def __init__(self, deviation: float = 0.0, **broken: Failure) -> None:
        self._deviation, self._normal = deviation, np.random.default_rng(1)
        self.broken = broken
        self.started: list[Place] = []
        self.stopped: list[Place] = []
        self.rounds: list[tuple[Place, str, int]] = []

    @contextlib.contextmanager
    def block(self, group: PlannedGroup, cpus: Sequence[int]) -> Iterator[Start]:
        if failure := self.broken.get("peer"):
            raise failure
        yield self._start

    def _start(self, place: Place) -> Driver:
        if place.strategy == 1 and (failure := self.broken.get("start")):
            raise failure
        self.started.append(place)
        return FakeWorker(self, place, self._normal.normal(0.0, self._deviation) if place.strategy else 0.0)

    def sweep(self) -> int:
        return 1


class FakeWorker:
    """Its rounds take a second times what its sample deviates by."""

    most_rounds: int | None = None

    def __init__(self, fake: Fake, place: Place, deviation: float) -> None:
        self._fake, self._place, self._seconds = fake, place, math.exp(deviation)

    def begin(self, cpus: Sequence[int]) -> None:
        self.cpus = cpus

    def ready(self) -> dict[str, Any]:
        return {"python": "3"}

    def round(self, kind: RoundKind, position: int) -> Round:
        if self._place.strategy == 1 and (failure := self._fake.broken.get(kind)):
            raise failure
        self._fake.rounds.append((self._place, kind, position))
        taken = sample(0, 0, self._seconds)
        done = taken.observed if kind == "observed" else taken.rounds[0]
        assert done
        return msgspec.structs.replace(done, position=position)

    def count(self) -> Counting[float]:
        yield
        return 1000.0

    def left(self) -> tuple[dict[str, Any], int | None]:
        return {"threads": 1}, None

    def stop(self) -> None:
        self._fake.stopped.append(self._place)


class Lines(list[Line]):
    """Where samples go."""


def measured(fake: Fake, **changes: Any) -> tuple[Measurement, list[Sample]]:
    lines = Lines()
    run = Measurement(msgspec.structs.replace(plan(), **changes), lines, lambda text: None, fake)
    run.run()
    return run, [line for line in lines if isinstance(line, Sample)]


def blocks(deviation: float, **changes: Any) -> int:
    return measured(Fake(deviation), **changes)[0].blocks


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
    lines = Lines()
    Measurement(msgspec.structs.replace(plan(), blocks=3), lines, lambda text: None, Fake()).run()
    assert [line.block for line in lines if isinstance(line, Host)] == [0, 1, 2, 3]


def test_the_rounds_of_a_block_are_interleaved_and_numbered() -> None:
    fake = Fake()
    measured(fake, blocks=1, rounds=3)
    timed = [(place.strategy, position) for place, kind, position in fake.rounds if kind == "timed"]
    assert [position for _, position in timed] == list(range(6))
    assert [{strategy for strategy, _ in timed[at : at + 2]} for at in (0, 2, 4)] == [{0, 1}] * 3


def test_the_order_of_rounds_is_the_seeds() -> None:
    def order(seed: int) -> list[int]:
        fake = Fake()
        measured(fake, blocks=6, rounds=2, seed=seed)
        return [place.strategy for place, kind, _ in fake.rounds if kind == "timed"]

    assert order(7) == order(7) != order(8)


def test_the_null_arm_is_a_second_worker_of_one_cell_in_every_block() -> None:
    _, samples = measured(Fake(), blocks=3)
    nulls = [one for one in samples if one.arm == "null"]
    assert [one.block for one in nulls] == [0, 1, 2]
    assert len({one.strategy for one in nulls}) == 1


def test_the_first_blocks_have_a_watched_round_and_the_null_arm_none() -> None:
    _, samples = measured(Fake(), blocks=5)
    assert {one.block for one in samples if one.observed} == {0, 1, 2}
    assert not any(one.observed for one in samples if one.arm == "null")


def test_a_fresh_run_has_one_round_in_each_worker_and_watches_others() -> None:
    fake = Fake()
    _, samples = measured(fake, blocks=5, rounds=1, warmup=0, fresh=True)
    rows = [one for one in samples if one.arm == "row"]
    assert [(len(one.warmups), len(one.rounds)) for one in samples] == [(0, 1)] * 15
    assert {one.block for one in rows if one.observed} == {0, 1, 2}
    assert len(fake.started) == len(fake.stopped) == len(fake.rounds) == 15 + 2 * 3


def test_a_fresh_run_with_warm_ups_warms_up_each_of_its_workers() -> None:
    fake = Fake()
    measured(fake, blocks=1, rounds=1, warmup=2, fresh=True)
    kinds = [kind for place, kind, _ in fake.rounds if place.strategy == 0]
    assert kinds.count("warmup") == 4
    assert kinds.index("observed") > kinds.index("timed")


def test_a_fresh_row_whose_watched_worker_fails_has_failed() -> None:
    _, samples = measured(Fake(observed=Failure("failed", "no")), blocks=2, rounds=1, warmup=0, fresh=True)
    assert [one.reason for one in samples if one.strategy == 1 and one.arm == "row"] == ["no"]


def test_every_worker_that_was_started_is_stopped() -> None:
    fake = Fake(warmup=Failure("timeout", "no answer"))
    measured(fake, blocks=2)
    assert sorted(fake.started) == sorted(fake.stopped)


@pytest.mark.parametrize("kind", ["start", "warmup", "timed", "observed"])
def test_a_cell_that_fails_is_a_sample_with_its_reason_and_is_not_measured_again(kind: str) -> None:
    run, samples = measured(Fake(**{kind: Failure("timeout", "no answer after 1 s")}), blocks=3)
    bad = [one for one in samples if one.strategy == 1 and one.arm == "row"]
    assert [(one.block, one.status, one.reason) for one in bad] == [(0, "timeout", "no answer after 1 s")]
    assert len([one for one in samples if one.strategy == 0 and one.arm == "row" and one.status == "ok"]) == 3
    assert run.end().status == "partial"


def test_what_a_worker_calls_wrong_usage_is_a_failure_of_its_cell() -> None:
    _, samples = measured(Fake(warmup=Failure("usage", "there is no module jobs")), blocks=1)
    assert {one.status for one in samples if one.strategy == 1} == {"failed"}


def test_a_peer_that_does_not_start_fails_every_cell_of_the_group() -> None:
    run, samples = measured(Fake(peer=Failure("failed", "the peer did not start")), blocks=3)
    assert [(one.strategy, one.status) for one in samples] == [(0, "failed"), (1, "failed")]
    assert run.end().left_behind == 1


def test_instructions_are_counted_for_rows_alone() -> None:
    _, samples = measured(Fake(), blocks=2, count="instructions")
    assert {one.arm: one.instructions_per_task for one in samples} == {"row": 1000.0, "null": None}


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
