"""The numbers of a row: those that are declared, and what is made from them. Seconds, bytes, counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from harness.document import again
from harness.document.run import BlockOf, RoundOf
from harness.record.plan import PlannedGroup, PlannedStrategy
from harness.record.sample import Load, Observed, Sample
from harness.statistics import limit
from harness.statistics.fairness import limited_by, own_share, peer_share, server_warnings, warnings
from harness.statistics.metric import Metric
from harness.statistics.metrics import seconds
from harness.statistics.numbers import of_cell
from harness.statistics.paired import one_sample
from harness.statistics.replies import received, told
from harness.statistics.shell import debugging
from harness.statistics.tally import how_many, together
from harness.statistics.verdicts import wall
from harness.strategies import LESSONS


def declared(metrics: Iterable[Metric], group: PlannedGroup, good: Sequence[Sample]) -> dict[str, Any]:
    """What a row has of each metric, where the JSON has it."""
    said: dict[str, Any] = {}
    for metric in metrics:
        if metric.place and metric.serves in (None, group.serves):
            number = of_cell(metric, group, good)
            if number is not None:
                _put(said, metric, number)
    return said


def _put(said: dict[str, Any], metric: Metric, number: Any) -> None:
    *folders, name = (metric.place or "").split(".", 1)
    for folder in folders:
        said = said.setdefault(folder, {})
    said[name] = number | {"unit": metric.unit, "heading": metric.heading} if folders == ["metrics"] else number


def each_block(good: Sequence[Sample]) -> list[BlockOf]:
    """What its workers took in their blocks, one to a block, seconds. A sample without good rounds is in none."""
    return [_of_block(sample) for sample in good if sample.status == "ok" and sample.rounds]


def _of_block(sample: Sample) -> BlockOf:
    rounds = [RoundOf(one.at_seconds, seconds(one)) for one in sample.rounds]
    return BlockOf(sample.block, median(one.seconds for one in rounds), rounds[0].at_seconds, rounds)


def used(good: Sequence[Sample]) -> dict[str, Any]:
    """What every row has besides: what it ran on."""
    facts = good[-1].facts
    about = {"loop": facts.get("loop"), "patched": bool(facts.get("patched")), "ratio": None}
    return about | ({"debugging": names} if (names := debugging(good)) else {})


def of_client(
    group: PlannedGroup,
    strategy: PlannedStrategy,
    good: Sequence[Sample],
    watched: Sequence[Observed],
    said: dict[str, Any],
) -> dict[str, Any]:
    """What is made from the numbers of a client's row."""
    first = [(sample.warmups or sample.rounds)[0].grown_bytes for sample in good]
    got = received(good)
    overhead = one_sample([(wall(sample) - (group.floor_seconds or 0.0)) / group.tasks for sample in good])
    about = {"explain": command} if (command := asks_why(group, strategy, watched, overhead["estimate"])) else {}
    return (
        about
        | used(good)
        | {
            "client": good[-1].facts.get("client"),
            "peer_cpu_share": peer_share(good),
            "cpu_share": own_share(good),
            "waiting_share": limit.waiting_share(group, good),
            "limit": limit.of_client(group, strategy, good),
            "tasks_per_second": group.tasks / said["wall_seconds"]["median"],
            "overhead_seconds_per_task": overhead["estimate"],
            "overhead": overhead,
            "memory_per_task_bytes": int(median(first) / group.concurrency),
            "notes": watched[-1].notes + list(told(got)),
            "replies": got,
            "warnings": list(warnings(group, strategy, good)),
        }
    )


LOST, WORTH = 2.0, 0.05
"""Times the floor that a round takes beyond it, and seconds, from which on a row has lost widely."""


def asks_why(
    group: PlannedGroup, strategy: PlannedStrategy, watched: Sequence[Observed], overhead: float
) -> str | None:
    """What to type to see why a row ran no two tasks at once, or lost widely to the floor; not of a strategy that is
    there to do the one or to show the other."""
    one_by_one = max(one.in_flight_max for one in watched) == 1 < group.concurrency
    floor, beyond = group.floor_seconds or 0.0, overhead * group.tasks
    lost = floor > 0 and beyond > max(WORTH, LOST * floor)
    if strategy.lesson or strategy.plain in LESSONS or not (one_by_one or lost):
        return None
    return again.command("explain", {}, [strategy.name], [group])


def of_failures(group: PlannedGroup, good: Sequence[Sample], warnings: list[str]) -> dict[str, Any]:
    """What a row has where tasks may fail: how many did, and a remark if any."""
    rounds = [round for sample in good for round in sample.rounds]
    kinds, tasks = together(round.failed for round in rounds), len(rounds) * group.tasks
    watched = together(sample.observed.failed for sample in good if sample.observed)
    remarks = [f"{how_many(kinds, tasks)}; its numbers are of all tasks, those that failed among them"] if kinds else []
    if watched:
        remarks.append(f"its latencies are of all watched tasks, {sum(watched.values()):,} that failed among them")
    found = {"failures": sum(kinds.values()), "tasks": tasks, "kinds": kinds}
    return {"failures": found, "warnings": [*remarks, *warnings]}


def of_server(
    group: PlannedGroup, strategy: PlannedStrategy, good: Sequence[Sample], said: dict[str, Any]
) -> dict[str, Any]:
    """What is made from the numbers of a server's row."""
    loads = [round.load for sample in good for round in sample.rounds if round.load]
    # The first round's growth: later ones find the memory there.
    first = [(sample.warmups or sample.rounds)[0].load for sample in good]
    per_connection = int(median(load.memory_per_connection_bytes for load in first if load))
    answers = said["answers_per_second_spread"]["median"]
    return used(good) | {
        "client": None,
        "server_cpu_share": own_share(good),
        "cpu_share": own_share(good),
        "waiting_share": None,
        "limit": limit.of_server(strategy, good),
        "generator_cpu_share": peer_share(good) or 0.0,
        "generators": group.generators,
        "limited_by": limited_by(good),
        "connections_held": min(load.held for load in loads),
        "answers_per_second": answers,
        "tasks_per_second": answers,
        "intended_per_second": loads[0].intended_per_second,
        "backlog_most": max(load.backlog_most or 0 for load in loads),
        "backlog_end": max(load.backlog_end or 0 for load in loads),
        "unanswered": sum(load.unanswered for load in loads),
        "memory_per_task_bytes": per_connection,
        "memory_per_connection_bytes": per_connection,
        "in_flight_max": max(load.held for load in loads),
        "capacity_per_second": _capacity(loads),
        "notes": [],
        "warnings": list(server_warnings(group, strategy, good)),
    }


def _capacity(loads: Sequence[Load]) -> dict[str, float] | None:
    """Hodges-Lehmann estimate of the capacities that were found, with its 95 % interval; None where none was sought."""
    return one_sample([load.capacity for load in loads]) if any(load.trials for load in loads) else None
