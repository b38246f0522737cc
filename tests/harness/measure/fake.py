"""An executor without processes, for tests of what is measured when."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np

from harness.measure.cell import Driver, Place
from harness.measure.count import Counting
from harness.measure.processes import Start
from harness.process.channel import Failure
from harness.record.plan import PlannedGroup
from harness.record.sample import Leftover, Round
from harness.worker.messages import RoundKind
from tests.builders import sample


class Fake:
    """An executor without processes: a worker's rounds take no time, and say what a script wants of them."""

    def __init__(
        self, deviation: float = 0.0, speeds: Sequence[float] = (1.0, 1.0, 1.0, 1.0), twice: int = 0, **broken: Failure
    ) -> None:
        self._deviation, self._normal = deviation, np.random.default_rng(1)
        self._logs = [math.log(one) for one in speeds]
        self.broken, self.twice = broken, twice
        self.started: list[Place] = []
        self.asked: list[tuple[str, Place]] = []
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
        off = self._normal.normal(0.0, self._deviation) if place.strategy else 0.0
        return FakeWorker(self, place, self._logs[place.strategy] + off)

    def sweep(self) -> int:
        return 1


class FakeWorker:
    """Its rounds take a second times what its sample deviates by."""

    most_rounds: int | None = None

    def __init__(self, fake: Fake, place: Place, deviation: float) -> None:
        self._fake, self._place, self._seconds = fake, place, math.exp(deviation)

    def begin(self, cpus: Sequence[int]) -> None:
        self._fake.asked.append(("begin", self._place))

    def ready(self) -> dict[str, Any]:
        self._fake.asked.append(("ready", self._place))
        return {"python": "3"}

    def round(self, kind: RoundKind, position: int) -> Round:
        if self._place.strategy == 1 and (failure := self._fake.broken.get(kind)):
            raise failure
        self._fake.rounds.append((self._place, kind, position))
        taken = sample(0, 0, self._seconds)
        done = taken.observed if kind == "observed" else taken.rounds[0]
        assert done
        if kind == "observed" and self._place.strategy == 1:
            done = msgspec.structs.replace(done, begun_twice=self._fake.twice)
        return msgspec.structs.replace(done, position=position)

    def count(self) -> Counting[float]:
        yield
        return 1000.0

    def left(self) -> tuple[dict[str, Any], int | None]:
        return {"threads": 1}, None

    def stop(self) -> None:
        self._fake.stopped.append(self._place)

    def left_behind(self) -> list[Leftover]:
        return [Leftover("sleep", 4711)] if self._place.strategy == 1 else []
