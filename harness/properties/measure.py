"""Measures what is not known yet of strategies, and puts together what is."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from harness import api
from harness.document.properties import Measured
from harness.machine import host, limits, lock
from harness.plan import catalogue
from harness.plan.request import Request, Target
from harness.properties import kept
from harness.properties.asking import Asking, Lacking
from harness.properties.cells import disturbances, listed
from harness.properties.experiments import Experiment
from harness.properties.kept import Found
from harness.record.plan import PlannedStrategy
from harness.record.sample import Record


def measured(
    names: Sequence[str] = ("all",), again: bool = False, wait: bool | float = False, tell: api.Tell = api.silent
) -> Measured:
    """What strategies are like: from the records that are kept, or measured now. Strategies of files, whose code may
    have changed since, are measured each time.

    Raises HarnessError where a strategy is unknown, BusyError while another run measures and we are not to wait,
    StoreError where the cache cannot be written."""
    request = Request(strategies=names, workloads=("noop",))
    with lock.machine(wait, tell), api.described(request) as made:
        planned = made.strategies
    folder, known = kept.folder(), catalogue.strategy_targets()
    reusable = {one.name for one in planned if one.name in known and not again}
    found, unread = kept.read(folder, reusable)
    asking = Asking([one for one in planned if one.status == "ok"], limits.here().threads)
    if asking.lacking(found):
        kept.check_writable(folder)
        with lock.machine(wait, tell):
            found, unread = kept.read(folder, reusable)  # whom we waited for may have measured it
            _measure(asking, found, request, folder, tell)
    return Measured(
        machine_key=host.facts()["machine_key"],
        folder=str(folder),
        strategies=[listed(one, asking, found) for one in planned],
        disturbances=disturbances(found),
        warnings=unread,
    )


def _measure(asking: Asking, found: Found, request: Request, folder: Path, tell: api.Tell) -> None:
    """Run experiment after experiment until nothing lacks, or somebody interrupts."""
    left = Left()
    while lacking := asking.lacking(found):
        left.look(lacking)
        experiment, subjects = next(iter(lacking.items()))
        record = _run(experiment, subjects, request, folder, left.before(tell))
        if record.end is None or record.end.status == "interrupted":
            return
        found |= kept.taken(record)


def _run(
    experiment: Experiment, subjects: Iterable[PlannedStrategy], request: Request, folder: Path, tell: api.Tell
) -> Record:
    sizes = {name: getattr(experiment, name) for name in ("options", "tasks", "blocks", "rounds", "warmup")}
    targets = [Target(one.name, one.target) for one in subjects]
    asked = dataclasses.replace(request, strategies=targets, workloads=(experiment.workload,), **sizes)
    with api.described(asked) as made:
        return api.kept(made, folder, experiment.name, tell)


class Left:
    """The time that is left, by what the experiments so far took and should have taken."""

    def __init__(self) -> None:
        self._began = self._looked = time.monotonic()
        self._all = self._left = 0.0

    def look(self, lacking: Lacking) -> None:
        """What has to run from now on, at the pace so far."""
        self._looked = time.monotonic()
        nominal = sum(experiment.seconds * len(subjects) for experiment, subjects in lacking.items())
        self._all = max(self._all, nominal)
        done = self._all - nominal
        self._left = nominal * ((self._looked - self._began) / done if done else 1.0)

    def before(self, tell: api.Tell) -> api.Tell:
        """Tells what it is told, and the time that is left before it."""
        return lambda text: tell(f"{self.seconds():.0f} s left, {text}")

    def seconds(self) -> float:
        """What all that takes, from now on."""
        return max(0.0, self._left - (time.monotonic() - self._looked))
