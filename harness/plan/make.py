"""Turns what was asked for into a plan: strategies and groups, or a refusal that says why."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from harness.errors import HarnessError
from harness.machine.limits import Limits, excesses
from harness.plan import files
from harness.plan.address import apart
from harness.plan.chosen import of_strategies, refuse_unknown, with_options
from harness.plan.request import Request, check
from harness.plan.usual import (
    CAPACITY_BLOCKS,
    FRESH_BLOCKS,
    MOST_BLOCKS,
    PRECISE_SECONDS,
    USUAL_BLOCKS,
    USUAL_SECONDS,
    USUAL_SLO,
)
from harness.process.channel import Failure
from harness.record.plan import Plan, PlannedGroup, PlannedStrategy, Status, Variant
from harness.statistics.early import FIRST_LOOK
from harness.worker.messages import DescribeStrategy, DescribeWorkload, StrategyDescribed, WorkloadDescribed

Question = DescribeStrategy | DescribeWorkload
Describe = Callable[[Sequence[Question], Variant | None], list[Any]]
"""Asks (in a variant) what strategies and workloads are: an answer for each, or the Failure in its place."""


def make(request: Request, describe: Describe, limits: Limits, variants: Sequence[Variant] = ()) -> Plan:
    """The plan, with an arm of each strategy for each variant that was built.

    Raises HarnessError where something is unknown, contradictory, or more than the limits allow."""
    named = check(request)
    questions: list[Question] = [DescribeStrategy(target) for _, target in named.strategies]
    questions += [
        DescribeWorkload(target, named.options, request.tasks, request.concurrency) for _, target in named.workloads
    ]
    answers = describe(questions, None)
    split = len(named.strategies)
    found = [_strategy(*pair, answer) for pair, answer in zip(named.strategies, answers[:split], strict=True)]
    found = [msgspec.structs.replace(one, lesson=one.name in named.lessons) for one in found]
    strategies = [arm for strategy in found for arm in _in_variants(strategy, variants, describe)]
    described = [said for said in answers[split:] if isinstance(said, WorkloadDescribed)]
    if len(described) == len(named.workloads):
        known = {name: list(said.known) for (name, _), said in zip(named.workloads, described, strict=True)}
        refuse_unknown(named.options, found, known)
    chosen = of_strategies(named.options, found)
    groups = [
        with_options(group, one)
        for pair, answer in zip(named.workloads, answers[split:], strict=True)
        for group in _groups(*pair, answer, request)
        for one in chosen
    ]
    groups = [msgspec.structs.replace(group, given=_given(named.options, request, group)) for group in groups]
    if request.count and any(group.serves for group in groups):
        raise HarnessError("--count instructions: a server's instructions are not counted, leave it out")
    server, hosts = apart(request.server_on, request.load_from or "") if request.server_on else (None, [])
    if server:
        groups = [_loaded_from(hosts, group) for group in groups]
    if request.find_capacity and any(not group.demand or group.demand.rate for group in groups):
        raise HarnessError("--find-capacity is for servers without a rate of their own: -W echo -P side=server")
    for group in groups:
        for excess in excesses(group, strategies, limits):
            raise HarnessError(excess)
    return Plan(
        strategies=strategies,
        groups=groups,
        reference=named.reference,
        blocks=request.blocks or _usual_blocks(request, len(strategies)),
        rounds=1 if request.fresh else request.rounds or (1 if request.quick else None),
        warmup=_warmups(request),
        fresh=request.fresh,
        allow_failures=request.allow_failures,
        timeout=request.timeout,
        memory_limit=request.memory_limit,
        max_time=request.max_time or _usual_max_time(request),
        pin="none" if server else request.pin,
        server_on=server,
        load_from=hosts,
        reached=request.reached,
        margin=request.margin,
        precision=request.precision,
        count=request.count,
        count_with=request.count_with,
        count_allocator=request.count_allocator,
        silence=request.silence,
        values=request.values,
        settle=not (request.blocks or request.precision or request.find_capacity or request.count),
        slo=(request.slo or USUAL_SLO) if request.find_capacity else None,
        seed=random.randrange(1 << 32) if request.seed is None else request.seed,
        order_by="block",
    )


def _loaded_from(hosts: Sequence[str], group: PlannedGroup) -> PlannedGroup:
    """A server with its load generators on hosts of their own. Raises HarnessError."""
    if group.status == "ok" and not group.serves:
        raise HarnessError("--server-on is for servers: -W echo -P side=server")
    many = group.generators * len(hosts)
    if group.serves and many > group.concurrency:
        raise HarnessError(
            f"--load-from: {many:,} generators are more than the connections of {group.workload}, "
            f"{group.concurrency:,}: each has a share of them, so name fewer hosts or raise --concurrency"
        )
    return msgspec.structs.replace(group, generators=many)


def more(requests: Sequence[Request], strategies: Sequence[PlannedStrategy], describe: Describe) -> list[PlannedGroup]:
    """The group of each of some requests, of one workload and one value of each option, for the strategies of a plan.
    What is wrong with one of them is said of its group, and keeps nobody from the others. Raises HarnessError."""
    named = [check(request) for request in requests]
    targets = [one.workloads[0] for one in named]
    asked: list[Question] = [
        DescribeWorkload(target.target, one.options, request.tasks, request.concurrency)
        for target, one, request in zip(targets, named, requests, strict=True)
    ]
    made = []
    for target, one, request, answer in zip(targets, named, requests, describe(asked, None), strict=True):
        (group,), (chosen,) = _groups(*target, _of_one(answer), request), of_strategies(one.options, strategies)
        group = with_options(group, chosen)
        made.append(msgspec.structs.replace(group, given=_given(one.options, request, group)))
    return made


def _of_one(said: WorkloadDescribed | Failure) -> WorkloadDescribed | Failure:
    if isinstance(said, Failure) and said.status == "usage":
        return Failure("failed", str(said), said.traceback)
    return said


def _warmups(request: Request) -> int:
    """As many as asked; usually one, which would use up what a fresh worker has."""
    return int(not request.fresh) if request.warmup is None else request.warmup


def _usual_blocks(request: Request, arms: int) -> int:
    if request.quick:
        return FIRST_LOOK if arms > 1 else 1
    if request.find_capacity:
        return CAPACITY_BLOCKS
    if request.precision:
        return MOST_BLOCKS
    return FRESH_BLOCKS if request.fresh else USUAL_BLOCKS


def _usual_max_time(request: Request) -> float | None:
    if request.blocks or request.find_capacity:
        return None
    return PRECISE_SECONDS if request.precision else USUAL_SECONDS


def _strategy(name: str, target: str, said: StrategyDescribed | Failure) -> PlannedStrategy:
    if isinstance(said, Failure):
        if said.status == "usage" and ":" not in name:  # its package's fault: that keeps nobody from the others
            return PlannedStrategy(name, target, status="failed", reason=str(said))
        status = _refuse_usage("strategy", name, target, said)
        return PlannedStrategy(name, target, status=status, reason=str(said), traceback=said.traceback)
    options = list(said.options)
    return PlannedStrategy(name, target, said.prelude, said.threads_per_task, said.loop, options=options)


def _in_variants(strategy: PlannedStrategy, variants: Sequence[Variant], describe: Describe) -> list[PlannedStrategy]:
    """One arm for each variant. Those with packages of their own are asked of a strategy that is not to be had here."""
    arms = []
    for variant in variants:
        here = strategy
        if here.status != "ok" and variant.python:
            here = _strategy(here.name, here.target, describe([DescribeStrategy(here.target)], variant)[0])
        arms.append(msgspec.structs.replace(here, name=f"{here.name}@{variant.name}", variant=variant))
    return arms or [strategy]


def _groups(name: str, target: str, said: WorkloadDescribed | Failure, request: Request) -> list[PlannedGroup]:
    groups = said if isinstance(said, Failure) else _described(name, target, said)
    if isinstance(groups, Failure):
        status = _refuse_usage("workload", name, target, groups)
        tasks = request.tasks or request.concurrency or 1
        lost = PlannedGroup(name, target, {}, tasks, request.concurrency or tasks, status=status, reason=str(groups))
        return [msgspec.structs.replace(lost, traceback=groups.traceback)]
    for group in groups:
        if group.concurrency > group.tasks:
            raise HarnessError(
                f"--concurrency {group.concurrency} is more than the {group.tasks} tasks of {name}: give --tasks"
            )
    return groups


def _described(name: str, target: str, said: WorkloadDescribed) -> list[PlannedGroup] | Failure:
    try:
        return [msgspec.convert(case | {"workload": name, "target": target}, PlannedGroup) for case in said.cases]
    except msgspec.ValidationError as wrong:
        return Failure("failed", f"its answer was unusable: {wrong}")


def _given(options: list[tuple[str, str]], request: Request, group: PlannedGroup) -> list[str]:
    """What was asked for of a group's options and sizes, by whoever asked or by the settings."""
    sizes = [f"--{name}" for name in ("tasks", "concurrency") if getattr(request, name)]
    return [*dict.fromkeys(name for name, _ in options if name in group.options), *sizes]


def _refuse_usage(kind: str, name: str, target: str, failure: Failure) -> Status:
    """The status of what could not be described. Raises HarnessError where it is whoever asked who was wrong."""
    if failure.status == "usage":
        raise HarnessError(f"{kind} {name}: {failure}{files.hint(target, str(failure))}")
    return failure.status
