"""Which experiments have to run yet, of which strategies. Pure functions of what was found."""

from __future__ import annotations

from collections.abc import Sequence

from harness.properties import judge
from harness.properties.experiments import FIXED, OWN_SLEEP, Experiment, crowds
from harness.properties.kept import Found
from harness.record.plan import PlannedStrategy

Lacking = dict[Experiment, list[PlannedStrategy]]
"""Experiments, each with the strategies that it has to run."""


class Asking:
    """The strategies that are asked about, and the threads that the machine allows."""

    def __init__(self, subjects: Sequence[PlannedStrategy], threads: int) -> None:
        self.subjects, self._threads = subjects, threads

    def lacking(self, found: Found) -> Lacking:
        """The experiments that have to run, with the strategies of each."""
        wanted: Lacking = {}
        for subject in self.subjects:
            for experiment in [*FIXED, *self.crowd(subject, found)[-1:]]:
                if (experiment.name, subject.name) not in found:
                    wanted.setdefault(experiment, []).append(subject)
        return wanted

    def crowd(self, subject: PlannedStrategy, found: Found) -> list[Experiment]:
        """The crowds that were tried, up to the first that was held or is still to be tried. None, before it is known
        whether it waits at once."""
        if (OWN_SLEEP.name, subject.name) not in found:
            return []
        at_once = judge.waits_at_once(found[OWN_SLEEP.name, subject.name].case).answer == "yes"
        tried = []
        for experiment in crowds(at_once, subject.threads_per_task, self._threads):
            tried.append(experiment)
            taken = found.get((experiment.name, subject.name))
            if taken is None or taken.case.row.status == "ok":
                break
        return tried
