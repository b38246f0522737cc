"""The columns of a run's tables: of clients, servers, capacities, and instructions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from harness.document.run import Estimate, Group, Pair, Ratio, Row
from harness.report.columns import UNITS, Column, of_metric
from harness.report.sentences import has_interval
from harness.report.words import count, seconds, size, times
from harness.statistics.metrics import OURS


class Placed(NamedTuple):
    """A row that has numbers, in its group."""

    row: Row
    group: Group


def _declared(name: str) -> Column[Placed]:
    return of_metric(OURS[name], lambda line: line.row)


def _interval(ratio: Ratio) -> str:
    return f"{times(ratio.low)} - {times(ratio.high)}" if has_interval(ratio) else "-"


def _ratio(text: Callable[[Ratio], str]) -> Callable[[Placed], str]:
    return lambda line: text(line.row.ratio) if line.row.ratio else "-"


def _between(estimate: Estimate) -> str:
    """A time with its interval."""
    low, high = seconds(max(0.0, estimate.low)), seconds(max(0.0, estimate.high))
    return f"{seconds(max(0.0, estimate.estimate))} ({low} - {high})"


def _floors(line: Placed) -> str:
    floor = line.group.floor_seconds
    return times(line.row.wall_seconds.median / floor) if floor else "-"


def _switches(line: Placed) -> str:
    return f"{line.row.switches.voluntary + line.row.switches.involuntary:,.0f}"


def _capacity(text: Callable[[Estimate], str]) -> Callable[[Placed], str]:
    return lambda line: text(line.row.capacity_per_second) if line.row.capacity_per_second else "-"


def each_generator(row: Row) -> float:
    """What each load generator of a server's row used of a core, the mean of several."""
    return row.generator_cpu_share / (row.generators or 1)  # older documents do not say how many


def _generators(line: Placed) -> str:
    share = f"{each_generator(line.row):.0%}"
    return f"{line.row.generators} x {share}" if (line.row.generators or 1) > 1 else share


STRATEGY = Column[Placed]("strategy", lambda line: line.row.name)
COMPARED = [
    Column[Placed]("x reference", _ratio(lambda ratio: times(ratio.estimate))),
    Column[Placed]("interval", _ratio(_interval)),
    Column[Placed]("verdict", _ratio(lambda ratio: ratio.verdict or "reference")),
]
SERVER_CPU = Column[Placed]("CPU", lambda line: f"{line.row.server_cpu_share:.0%}")
GENERATOR = [
    Column[Placed]("generator", _generators),
    Column[Placed]("limited by", lambda line: line.row.limited_by),
]

CLIENTS: list[Column[Placed]] = [
    STRATEGY,
    _declared("time"),
    Column(
        "lowest - highest", lambda line: f"{seconds(line.row.wall_seconds.low)} - {seconds(line.row.wall_seconds.high)}"
    ),
    *COMPARED,
    Column("x floor", _floors),
    Column("overhead/task", lambda line: _between(line.row.overhead) if line.group.floor_seconds else "-"),
    Column("tasks/s", lambda line: count(line.row.tasks_per_second)),
    _declared("cpu"),
    _declared("memory"),
    Column("per task", lambda line: size(line.row.memory_per_task_bytes)),
    _declared("p50"),
    _declared("p99"),
    _declared("in-flight"),
    _declared("threads"),
]
SERVERS: list[Column[Placed]] = [
    STRATEGY,
    _declared("answers"),
    *COMPARED,
    *map(_declared, ("p50-answer", "p90-answer", "p99-answer", "p999-answer", "max-answer")),
    Column("fairness", lambda line: f"{line.row.fairness:.2f}"),
    Column("held", lambda line: f"{line.row.connections_held:,}"),
    _declared("accepting"),
    SERVER_CPU,
    Column("per connection", lambda line: size(line.row.memory_per_connection_bytes)),
    Column("switches", _switches),
    _declared("server-threads"),
    *GENERATOR,
]
CAPACITIES: list[Column[Placed]] = [
    STRATEGY,
    Column("capacity/s", _capacity(lambda found: f"{found.estimate:,.0f}")),
    Column("95 % interval", _capacity(lambda found: f"{found.low:,.0f} - {found.high:,.0f}")),
    *COMPARED,
    Column("p99 there", lambda line: seconds(line.row.latency_seconds.p99)),
    SERVER_CPU,
    *GENERATOR,
]


FAILURES = Column[Placed](
    "failures",
    lambda line: f"{line.row.failures.failures:,} of {line.row.failures.tasks:,}" if line.row.failures else "-",
)


def columns(group: Group) -> list[Column[Placed]]:
    """What the table of a group shows; the metrics of other packages come last."""
    ours = (CAPACITIES if group.slo_seconds else SERVERS) if group.serves else CLIENTS
    theirs = {name: number.heading or name for row in group.rows for name, number in (row.metrics or {}).items()}
    if any(row.failures for row in group.rows):
        ours = [*ours, FAILURES]
    return [*ours, *(Column[Placed](heading, partial(_theirs, name)) for name, heading in theirs.items())]


def _theirs(name: str, line: Placed) -> str:
    number = line.row.metrics.get(name) if line.row.metrics else None
    return UNITS[number.unit](number.median) if number else "-"


def _counted(text: Callable[[Ratio], str]) -> Callable[[Placed], str]:
    return lambda line: text(line.row.instructions_ratio) if line.row.instructions_ratio else "-"


PAIRS: list[Column[Pair]] = [
    Column("strategy", lambda pair: pair.strategy),
    Column("against", lambda pair: pair.against),
    Column("ratio", lambda pair: times(pair.ratio.estimate)),
    Column("interval", lambda pair: _interval(pair.ratio)),
    Column("verdict", lambda pair: pair.ratio.verdict or "-"),
]
COUNTED: list[Column[Placed]] = [
    STRATEGY,
    Column("instructions", lambda line: f"{line.row.instructions_per_task.median:,.0f}"),
    Column(
        "lowest - highest",
        lambda line: f"{line.row.instructions_per_task.low:,.0f} - {line.row.instructions_per_task.high:,.0f}",
    ),
    Column("x reference", _counted(lambda ratio: f"{ratio.estimate:.4f}")),
    Column("interval", _counted(lambda ratio: f"{ratio.low:.4f} - {ratio.high:.4f}" if has_interval(ratio) else "-")),
    Column("verdict", _counted(lambda ratio: ratio.verdict or "reference")),
]
