"""Every number that is read from rounds, declared once: gates, the JSON, columns and docs/metrics.md follow from it.

Another package adds one by an entry point of the group `harness.metrics`: NAME = "module:attribute", a Metric of that
name. Imports nothing heavy: the command line shows the names."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from statistics import median
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.plugins import merged
from harness.statistics.metric import Better, Metric, Over, Unit

if TYPE_CHECKING:
    from harness.record.plan import PlannedGroup
    from harness.record.sample import Latency, Load, Round, Sample

ENTRY_POINTS = "harness.metrics"


def seconds(round: Round, group: PlannedGroup | None = None) -> float:
    """What a round is compared by. Of a server whose capacity was sought, the seconds between answers at that rate."""
    if round.load is None:
        return round.wall_seconds
    if round.load.trials:
        return 1 / round.load.capacity if round.load.capacity else 0.0
    return round.wall_seconds / max(1, round.load.answers)


def _beyond(round: Round, group: PlannedGroup) -> float | None:
    return None if group.floor_seconds is None else seconds(round) - group.floor_seconds


def _no_overhead(group: PlannedGroup) -> str:
    return "nobody knows its floor" if group.floor_seconds is None else "no round is beyond its floor"


def _memory(sample: Sample, group: PlannedGroup) -> float | None:
    """The median of its rounds' peaks, and what its children held in a round that was looked at."""
    peaks = sorted(round.peak_memory_bytes for round in sample.rounds)
    return float(median(peaks)) + (sample.children_peak_bytes or 0) if peaks else None


def _heading(percentile: str) -> str:
    """Of its column, where there is one."""
    return percentile if percentile in ("p50", "p90", "p99", "max") else ""


def _watched(percentile: str) -> Metric:
    """A percentile of a client's tasks."""

    def read(sample: Sample, group: PlannedGroup) -> float | None:
        found: float | None = getattr(sample.observed.latency_seconds, percentile) if sample.observed else None
        return found

    about = f"latency of a task, {percentile}"
    place = f"latency_seconds.{percentile}"
    return Metric(
        percentile, "s", about, of_sample=read, field=place, over="median", heading=_heading(percentile), serves=False
    )


def _served(percentile: str, heading: str = "") -> Metric:
    """A percentile of a server's answers."""

    def latency(load: Load) -> float | None:
        latencies: Latency = load.latency_seconds
        found: float | None = getattr(latencies, percentile)
        return found

    name, about, place = f"{percentile}-answer", f"latency of an answer, {percentile}", f"latency_seconds.{percentile}"
    return _of_load(name, "s", about, latency, place, heading=heading or _heading(percentile))


def _of_load(
    name: str, unit: Unit, about: str, read: Callable[[Load], float | None], field: str, over: Over = "median",
    better: Better = "lower", heading: str = "",
) -> Metric:  # fmt: skip
    """A number that the load generator saw."""
    return Metric(
        name, unit, about, lambda round, group: read(round.load) if round.load else 0.0, better=better, field=field,
        over=over, heading=heading, serves=True,
    )  # fmt: skip


def _looped(name: str, unit: Unit, about: str, field: str) -> Metric:
    """What the loop did in the round that was watched."""

    def read(sample: Sample, group: PlannedGroup) -> float | None:
        return getattr(sample.observed, field, None)

    return Metric(name, unit, about, of_sample=read, heading=name.replace("-", " "), serves=False)


BUILT_IN = (
    Metric(
        "time", "s", "wall time of a round (of a server: of an answer)", seconds,
        limit=0.02, field="wall_seconds", heading="time", serves=False,
    ),
    Metric(
        "overhead", "s", "wall time of a round beyond the workload's floor", _beyond,
        limit=0.05, field=None, missing=_no_overhead,
    ),
    Metric(
        "cpu", "s", "processor time of a round, children's included", lambda round, group: round.cpu_seconds,
        limit=0.02, field="cpu_seconds.median", over="median", heading="CPU",
    ),
    Metric(
        "memory", "bytes", "peak memory of the process, and of its children together", of_sample=_memory,
        limit=0.05, field="peak_memory_bytes", over="median", heading="memory",
    ),
    Metric(
        "instructions", "count", "instructions of a task in user space, with --count",
        of_sample=lambda sample, group: sample.instructions_per_task,
        limit=0.002, field="instructions_per_task", heading="instructions", counted=True,
    ),
    Metric(
        "cpu-user", "s", "processor time in user space", lambda round, group: round.cpu_user_seconds,
        field="cpu_seconds.user", over="median",
    ),
    Metric(
        "cpu-system", "s", "processor time in the kernel", lambda round, group: round.cpu_system_seconds,
        field="cpu_seconds.system", over="median",
    ),
    Metric(
        "voluntary", "count", "context switches of a round, by waiting", lambda round, group: round.voluntary,
        field="switches.voluntary", over="median",
    ),
    Metric(
        "involuntary", "count", "context switches of a round, by preemption", lambda round, group: round.involuntary,
        field="switches.involuntary", over="median",
    ),
    Metric(
        "cpu-children", "s", "processor time of child processes", lambda round, group: round.cpu_children_seconds,
        field="cpu_seconds.children", over="median",
    ),
    _looped("loop-busy", "share", "of a round, in which the loop did not wait for something to do", "loop_busy_share"),
    _looped("ready-p99", "s", "how long a task that was ready waited: 99th percentile", "ready_p99_seconds"),
    _looped("ready-max", "s", "how long a task that was ready waited at most", "ready_longest_seconds"),
    *map(_watched, ("p10", "p25", "p50", "p75", "p90", "p95", "p99", "p999", "max")),
    Metric(
        "in-flight", "count", "most tasks in flight at once",
        of_sample=lambda sample, group: sample.observed.in_flight_max if sample.observed else None,
        better="higher", field="in_flight_max", over="highest", heading="in flight", serves=False,
    ),
    Metric(
        "threads", "count", "most threads at once",
        of_sample=lambda sample, group: sample.observed.threads_max if sample.observed else None,
        field="threads_max", over="highest", heading="threads", serves=False,
    ),
    Metric(
        "exchange", "s", "wall time of a server's round", lambda round, group: round.wall_seconds,
        field="wall_seconds", serves=True,
    ),
    Metric(
        "answers", "per second", "answers of a server",
        lambda round, group: round.load.answers / round.wall_seconds if round.load else None,
        better="higher", field="answers_per_second_spread", heading="answers/s", serves=True,
    ),
    Metric(
        "per-answer", "s", "wall time of a round by its answers",
        lambda round, group: round.wall_seconds / max(1, round.load.answers if round.load else 1),
        field="overhead_seconds_per_task", over="median", serves=True,
    ),
    _of_load("accepting", "s", "until all connections were accepted", lambda load: load.accept_seconds,
             "accept_seconds", heading="accepted in"),
    _of_load("fairness", "share", "the slowest connection's rate of answers against the fastest's",
             lambda load: load.fairness, "fairness", better="higher", heading="fairness"),
    *map(_served, ("p10", "p25", "p50", "p75", "p90", "p95", "p99")),
    _served("p999", "p99.9"),
    _served("max"),
    Metric(
        "server-threads", "count", "most threads of a server",
        of_sample=lambda sample, group: max(round.load.threads for round in sample.rounds if round.load),
        field="threads_max", over="highest", heading="threads", serves=True,
    ),
)  # fmt: skip
OURS = {metric.name: metric for metric in BUILT_IN}


@cache
def known() -> dict[str, Metric]:
    """Every metric by its name, those of other packages among them. Raises HarnessError where one is none."""
    targets = merged("metric", dict.fromkeys(OURS, __name__), ENTRY_POINTS)
    return OURS | {name: _imported(name, target) for name, target in targets.items() if name not in OURS}


def offered() -> dict[str, float]:
    """The metrics that gates compare by, and their usual limits. Raises HarnessError."""
    return {metric.name: metric.limit for metric in known().values() if metric.limit is not None}


def find(name: str) -> Metric:
    """A metric that gates compare by. Raises HarnessError where there is none of that name."""
    if name not in offered():
        raise HarnessError(f"unknown metric {name!r}: there are {', '.join(offered())}")
    return known()[name]


def _imported(name: str, target: str) -> Metric:
    from importlib import import_module

    module, _, attribute = target.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (Exception, SystemExit) as error:
        raise HarnessError(f"metric {name}: {target} could not be imported: {error}") from None
    if not (isinstance(found, Metric) and found.name == name):
        raise HarnessError(f"metric {name}: {target} is no harness.statistics.metric.Metric of that name")
    return found
