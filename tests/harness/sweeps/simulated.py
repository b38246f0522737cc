"""Sweeps of strategies whose times are known, without processes."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec
import numpy as np

from harness.document.sweep import Sweep
from harness.measure.cell import Driver, Place
from harness.measure.pilot import Seen
from harness.measure.processes import Start
from harness.process.channel import Failure
from harness.record.plan import SCHEMA, Axis, Plan, PlannedGroup, PlannedStrategy
from harness.record.sample import Header, Line, Record, Sample
from harness.record.store import record_of
from harness.sweeps import answer
from harness.sweeps.axes import Values, first_points, values_of
from harness.sweeps.measurement import SweepingHere
from tests.builders import plan as ordinary
from tests.harness.measure.fake import Fake, FakeWorker

Seconds = Callable[..., float]
"""What a round takes at the values of the axes. Raises Failure where it does not work."""
UNIT = 1e-6
"""Seconds that one of a script's stands for, so that a sweep believes that it has time."""
TASKS = Axis("tasks", 1, 1000)
IN_FLIGHT = Axis("concurrency", 1, 200)


class Scripted(Fake):
    """Workers whose rounds take what a script says, with noise."""

    def __init__(self, made: Plan, scripts: Sequence[Seconds], deviation: float) -> None:
        super().__init__()
        self.axes, self.scripts, self.deviation = made.axes, scripts, deviation
        self.random = np.random.default_rng(7)

    @contextlib.contextmanager
    def block(self, group: PlannedGroup, cpus: Sequence[int]) -> Iterator[Start]:
        at = values_of(self.axes, group)
        yield lambda place: self._at(place, at)

    def _at(self, place: Place, values: Values) -> Driver:
        self.started.append(place)
        seconds = self.scripts[place.strategy](*values)
        return FakeWorker(self, place, math.log(seconds * UNIT) + self.random.normal(0, self.deviation))


class Lines(list[Line]):
    """Where samples go; a signal comes after so many."""

    most = math.inf

    def append(self, line: Line) -> None:
        super().append(line)
        if isinstance(line, Sample) and sum(isinstance(one, Sample) for one in self) == self.most:
            raise KeyboardInterrupt


def plan(axes: Sequence[Axis], names: Sequence[str], **changes: Any) -> Plan:
    """The plan of a sweep, with the groups of its grid."""
    strategies = [PlannedStrategy(name, "a:B") for name in names]
    groups = [group(axes, values) for values in first_points(axes)]
    about: dict[str, Any] = {"rounds": 1, "max_time": 60.0, "blocks": 10, "settle": True, "strategies": strategies}
    return msgspec.structs.replace(ordinary(), groups=groups, reference=names[0], axes=list(axes), **(about | changes))


def group(axes: Sequence[Axis], values: Values, tasks: int = 2000) -> PlannedGroup:
    """A point."""
    at = dict(zip((axis.name for axis in axes), values, strict=True))
    count = int(at.pop("tasks", tasks))
    return PlannedGroup("sleep", "e:F", at | {}, count, int(at.pop("concurrency", count)))


def record(
    scripts: Mapping[str, Seconds], *axes: Axis, deviation: float = 0.01, most: float = math.inf,
    refused: Sequence[Sample] = (), alone: Sequence[float] = (), **changes: Any,
) -> Record:  # fmt: skip
    """What is measured of some strategies along some axes; a signal comes after `most` samples. `alone`: seconds of one
    task under each."""
    made = plan(axes, list(scripts), **changes)
    lines = Lines()
    lines.most = most
    ground = Scripted(made, list(scripts.values()), deviation)
    sweeping = SweepingHere(
        made, lines, lambda text: None, first_points(axes), lambda at: group(axes, at), refused=refused,
        executor=ground, tries=lambda *_: {s: [Seen(1, seconds, 0)] for s, seconds in enumerate(alone)},
    )  # fmt: skip
    stopped = False
    try:
        sweeping.run()
    except KeyboardInterrupt:
        stopped = True
    list.append(lines, sweeping.end(stopped))
    header = Header(SCHEMA, "r1", None, "2026-11-27T12:00:00+00:00", made, {"machine_key": "m"}, {})
    return record_of(header, [header, *lines])


def swept(scripts: Mapping[str, Seconds], *axes: Axis, **others: Any) -> Sweep:
    """What that says."""
    return answer.of(record(scripts, *axes, **others))


def breaks(
    at: Callable[[float], bool],
    reason: str,
    seconds: float = 1.0,
    status: Literal["failed", "timeout", "unsupported"] = "failed",
) -> Seconds:
    """A strategy that fails at some values."""

    def script(value: float) -> float:
        if at(value):
            raise Failure(status, reason)
        return seconds

    return script
