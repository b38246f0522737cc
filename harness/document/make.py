"""From a record to the document of its run. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import Any

import msgspec

from harness.document import again, hosts, numbers, run
from harness.document.left_out import left_out
from harness.document.run import HostMark, NullArm, Ratio, Row, Run
from harness.document.standings import standings
from harness.errors import HarnessError
from harness.record.plan import FAILED, Plan, PlannedGroup, PlannedStrategy
from harness.record.sample import Ending, Host, Record, Sample
from harness.statistics import metrics as declarations
from harness.statistics import shell
from harness.statistics.fairness import disturbances
from harness.statistics.hosts import disagreements, on_host
from harness.statistics.left import outlived
from harness.statistics.metric import Metric
from harness.statistics.numbers import values
from harness.statistics.replies import received, unlike
from harness.statistics.same import Difference, differences
from harness.statistics.verdicts import CHANGED, Verdicts, changed, of_group, of_row

HEAD = (
    "strategy",
    "variant",
    "variant_spec",
    "variant_commit",
    "name",
    "samples",
    "rounds",
    "hosts",
    "teaches",
    "each_block",
)
"""What a row has though it has no numbers."""


def document(record: Record, metrics: Iterable[Metric] | None = None, pairs: bool = False) -> Run:
    """Everything that a record says, derived afresh: the numbers of some metrics, or of all that are known here; with
    the verdicts between any two rows if asked."""
    header, ended = record.header, record.end
    known = list(declarations.known().values() if metrics is None else metrics)
    groups = [_group(record, number, known, pairs) for number in range(len(header.plan.groups))]
    return Run(
        run=header.run,
        name=header.name,
        taken_at=header.taken_at,
        status=_status(record, groups),
        seed=header.plan.seed,
        blocks=ended.blocks if ended else None,
        seconds=ended.seconds if ended else None,
        memory_limit_bytes=header.plan.memory_limit,
        damaged_lines=record.damaged,
        left_behind=ended.left_behind if ended else 0,
        host=record.machine,
        versions=header.versions,
        commit=header.commit,
        host_loop_seconds=median(mark.loop_seconds for mark in record.marks) if record.marks else None,
        marks=[_mark(one) for one in record.marks],
        disturbances=list(disturbances(record.marks, hosts.names(record))),
        shell=list(shell.of_record(record)),
        left_out=list(left_out(record, groups)),
        hosts=hosts.hosts(record),
        reached=again.reached(header.plan),
        about_hosts=list(hosts.said(record)),
        cut_short=ended.cut_short if ended else None,
        groups=groups,
        axes=header.plan.axes,
    )


def against(record: Record, reference: str) -> Record:
    """A record with its ratios against another strategy, by its name or that of its variant. Raises HarnessError where
    it has none of that name."""
    plan = record.header.plan
    names = [strategy.name for strategy in plan.strategies]
    of_variant = [one.name for one in plan.strategies if one.variant and one.variant.name == reference]
    found = reference if reference in names else of_variant[0] if len(of_variant) == 1 else None
    if found is None:
        raise HarnessError(f"--reference {reference}: {record.header.run} has {', '.join(names)}")
    header = msgspec.structs.replace(record.header, plan=msgspec.structs.replace(plan, reference=found))
    return msgspec.structs.replace(record, header=header)


def _mark(host: Host) -> HostMark:
    return HostMark(host.block, host.at_seconds, host.loop_seconds, host.load, host.steal_share)


def _status(record: Record, groups: list[run.Group]) -> Ending:
    """How the run ended; partial too where only its values show that a row is invalid. A sweep knows which of the rows
    that it did not measure it lacks."""
    ended, damaged, sweeps = record.end, record.damaged, bool(record.header.plan.axes)
    statuses = {row.status for group in groups for row in group.rows}
    if not ended or damaged or statuses & (FAILED if sweeps else statuses - {"ok"}):
        return "interrupted" if ended and not damaged and ended.status == "interrupted" else "partial"
    return ended.status


def _group(record: Record, number: int, metrics: list[Metric], pairs: bool) -> run.Group:
    plan = record.header.plan
    group = plan.groups[number]
    verdicts = of_group(plan, record.samples, number, most=_looks(record))
    rows = _rows(record, number, metrics, verdicts)
    return run.Group(
        workload=group.workload,
        version=group.version,
        options=group.options,
        shown=group.shown,
        tasks=group.tasks,
        concurrency=group.concurrency,
        floor_seconds=group.floor_seconds,
        reference=plan.strategies[verdicts.arms.reference].name,
        against=plan.strategies[verdicts.arms.reference].identity,
        margin=plan.margin,
        slo_seconds=plan.slo if group.serves else None,
        serves=group.serves,
        round_trip_seconds=hosts.round_trips(record, number),
        pinned=plan.pin == "one" or ((group.serves or group.peer_module is not None) and plan.pin == "apart"),
        counted_with=plan.count_with,
        counted_allocator=plan.count_allocator,
        null_arm=_null_arm(plan, [one for one in record.samples if one.group == number], verdicts),
        **standings(plan, record.samples, number, verdicts, rows, pairs),
    )


def _looks(record: Record) -> int | None:
    """How many blocks there could have been, where the run looked after each whether there are enough."""
    return record.looks.most if record.looks else None


def _rows(record: Record, number: int, metrics: list[Metric], verdicts: Verdicts) -> list[Row]:
    """The rows of a group, with their ratios where they have numbers."""
    plan = record.header.plan
    ratios = {"ratio": verdicts}
    if plan.count:
        read = values(declarations.OURS[plan.count], plan.groups[number])
        ratios["instructions_ratio"] = of_group(plan, record.samples, number, read, plan.count_margin, _looks(record))
    made = []
    said = differences(plan, record.samples, number)
    mine = [sample for sample in record.samples if sample.group == number]
    for place in range(len(plan.strategies)):
        row = _row(record, number, place, metrics)
        if row["status"] == "ok" and (difference := said.get(place)):
            row = _marked(row, difference)
        if row["status"] == "ok":
            row |= {name: _ratio(place, compared) for name, compared in ratios.items()}
            row["warnings"] = [*_of_blocks(place, verdicts), *row["warnings"]]
            got, wanted = (received(of_row(mine, one)) for one in (place, verdicts.arms.reference))
            row["warnings"] += _without_peer(record.beside, number, place)
            row["warnings"] += unlike(got, wanted, plan.strategies[verdicts.arms.reference].name)
            row["warnings"] += disagreements(plan, mine, verdicts.arms.reference, place, hosts.names(record))
        made.append(msgspec.convert(row, Row))
    return made


def _of_blocks(place: int, verdicts: Verdicts) -> Iterator[str]:
    """What is to be said of a row's blocks."""
    if place in verdicts.unlike:
        yield verdicts.unlike[place]
    if changed(verdicts.arms.ratios.get(place, [])):
        yield CHANGED


def _without_peer(beside: Sequence[Sample], group: int, place: int) -> Iterator[str]:
    """That blocks are missing, since what was at the other end had ended."""
    lost = [one for one in beside if (one.group, one.strategy, one.arm) == (group, place, "row")]
    if lost:
        yield f"{len(lost)} of its blocks {'is' if len(lost) == 1 else 'are'} missing: {lost[0].reason}"


def _marked(row: dict[str, Any], difference: Difference) -> dict[str, Any]:
    """A row whose values differ: with a remark, or without its numbers."""
    if not difference.invalid:
        return row | {"warnings": [*row["warnings"], difference.text]}
    return {name: row[name] for name in HEAD if name in row} | {"status": "invalid", "reason": difference.text}


def _ratio(place: int, verdicts: Verdicts) -> Ratio | None:
    if place == verdicts.arms.reference:
        return Ratio(1.0, 1.0, 1.0)
    comparison = verdicts.rows.get(place)
    return Ratio(**vars(comparison)) if comparison else None


def _null_arm(plan: Plan, samples: Sequence[Sample], verdicts: Verdicts) -> NullArm | None:
    if verdicts.arms.null_of is None or verdicts.null is None:
        return None
    second = [one for one in samples if one.arm == "null"]
    said = vars(verdicts.null) | {"each_block": numbers.each_block(second)}
    return NullArm(plan.strategies[verdicts.arms.null_of].name, verdicts.too_noisy, **said)


def _row(record: Record, number: int, place: int, metrics: list[Metric]) -> dict[str, Any]:
    group, strategy = record.header.plan.groups[number], record.header.plan.strategies[place]
    samples = [one for one in record.samples if (one.group, one.strategy, one.arm) == (number, place, "row")]
    good = [sample for sample in samples if sample.status == "ok" and sample.rounds]
    watched = [sample.observed for sample in good if sample.observed]
    outcomes: list[PlannedGroup | PlannedStrategy | Sample] = [group, strategy, *samples]
    bad = [one for one in outcomes if one.status != "ok"]
    row = _head(strategy, good)
    if record.sites:
        row["hosts"] = len({sample.site for sample in good})
    if bad:
        reason = on_host(record, bad[0], strategy.told(bad[0].reason))
        about = {"places": getattr(bad[0], "places", []), "warnings": list(outlived(samples))}
        return row | {"status": bad[0].status, "reason": reason, "traceback": bad[0].traceback} | about
    if not (watched or (group.serves and good)):
        return row | {"status": "failed", "reason": "the run ended before it had a sample"}
    row["runs_on"] = {"python": good[-1].facts.get("python")} | good[-1].facts.get("libraries", {})
    said = numbers.declared(metrics, group, good)
    if group.serves:
        return row | said | numbers.of_server(group, strategy, good, said)
    row |= said | numbers.of_client(group, strategy, good, watched, said)
    return row | (numbers.of_failures(group, good, row["warnings"]) if record.header.plan.allow_failures else {})


def _head(strategy: PlannedStrategy, good: list[Sample]) -> dict[str, Any]:
    """What a row has though it may have no numbers."""
    variant = strategy.variant
    return {
        "strategy": strategy.plain,
        "variant": variant.name if variant else None,
        "variant_spec": variant.spec if variant else None,
        "variant_commit": variant.commit if variant else None,
        "name": strategy.name,
        "status": "ok",
        "samples": len(good),
        "rounds": sum(len(sample.rounds) for sample in good),
        "teaches": strategy.lesson,
        "each_block": numbers.each_block(good),
    }
