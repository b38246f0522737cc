"""Turns what was asked for into a plan: strategies and groups, or a refusal that says why."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from harness.errors import HarnessError
from harness.machine.limits import Limits, excesses
from harness.plan.request import Request, Target, check
from harness.record.plan import Group, Plan, Strategy, Variant

USUAL_BLOCKS, MOST_BLOCKS, CAPACITY_BLOCKS = 10, 320, 6
USUAL_SLO = 0.01
USUAL_SECONDS, PRECISE_SECONDS = 60.0, 300.0
Describe = Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]]


def make(request: Request, describe: Describe, limits: Limits, variants: Sequence[Variant] = ()) -> Plan:
    """The plan, with an arm of each strategy for each variant that was built.

    Raises HarnessError where something is unknown, contradictory, or more than the limits allow."""
    named = check(request)
    sizes = {"tasks": request.tasks, "concurrency": request.concurrency, "options": named.options}
    answers = describe(
        [{"do": "describe strategy", "target": target} for _, target in named.strategies]
        + [{"do": "describe workload", "target": target} | sizes for _, target in named.workloads]
    )
    split = len(named.strategies)
    found = [_strategy(*pair, answer) for pair, answer in zip(named.strategies, answers[:split], strict=True)]
    strategies = [arm for strategy in found for arm in _in_variants(strategy, variants, describe)]
    _refuse_unknown_options(named.options, named.workloads, answers[split:])
    groups = [
        group
        for pair, answer in zip(named.workloads, answers[split:], strict=True)
        for group in _groups(*pair, answer, request)
    ]
    if request.count and any(group.serves for group in groups):
        raise HarnessError("--count instructions: a server's instructions are not counted, leave it out")
    if request.find_capacity and any(not group.serves or group.options["rate"] for group in groups):
        raise HarnessError("--find-capacity is for servers without a rate of their own: -W echo -P side=server")
    for group in groups:
        for excess in excesses(group, strategies, limits):
            raise HarnessError(excess)
    return Plan(
        strategies=strategies,
        groups=groups,
        reference=named.reference,
        blocks=request.blocks or _usual_blocks(request),
        rounds=request.rounds,
        warmup=request.warmup,
        timeout=request.timeout,
        max_time=request.max_time or _usual_max_time(request),
        pin=request.pin,
        margin=request.margin,
        precision=request.precision,
        count=request.count,
        slo=(request.slo or USUAL_SLO) if request.find_capacity else None,
        seed=random.randrange(1 << 32) if request.seed is None else request.seed,
    )


def _usual_blocks(request: Request) -> int:
    if request.find_capacity:
        return CAPACITY_BLOCKS
    return MOST_BLOCKS if request.precision else USUAL_BLOCKS


def _usual_max_time(request: Request) -> float | None:
    if request.blocks or request.find_capacity:
        return None
    return PRECISE_SECONDS if request.precision else USUAL_SECONDS


def _strategy(name: str, target: str, answer: dict[str, Any]) -> Strategy:
    if "ready" not in answer:
        _refuse_usage("strategy", name, answer)
        return Strategy(name, target, status=answer["status"], reason=answer["reason"])
    ready = answer["ready"]
    return Strategy(
        name, target, prelude=ready["prelude"], threads_per_task=ready["threads_per_task"], loop=ready["loop"]
    )


def _in_variants(strategy: Strategy, variants: Sequence[Variant], describe: Describe) -> list[Strategy]:
    """One arm for each variant. Those with packages of their own are asked of a strategy that is not to be had here."""
    arms = []
    for variant in variants:
        here = strategy
        if here.status != "ok" and variant.python:
            asked = {"do": "describe strategy", "target": here.target, "variant": variant}
            here = _strategy(here.name, here.target, describe([asked])[0])
        arms.append(msgspec.structs.replace(here, name=f"{here.name}@{variant.name}", variant=variant))
    return arms or [strategy]


def _groups(name: str, target: str, answer: dict[str, Any], request: Request) -> list[Group]:
    if "ready" not in answer:
        _refuse_usage("workload", name, answer)
        tasks = request.tasks or 1
        return [
            Group(
                name,
                target,
                {},
                tasks,
                request.concurrency or tasks,
                status=answer["status"],
                reason=answer["reason"],
            )
        ]
    groups = [Group(workload=name, target=target, **case) for case in answer["ready"]["cases"]]
    for group in groups:
        if group.concurrency > group.tasks:
            raise HarnessError(
                f"--concurrency {group.concurrency} is more than the {group.tasks} tasks of {name}: give --tasks"
            )
    return groups


def _refuse_usage(kind: str, name: str, answer: dict[str, Any]) -> None:
    if answer["status"] == "usage":
        raise HarnessError(f"{kind} {name}: {answer['reason']}")


def _refuse_unknown_options(
    options: list[tuple[str, str]], workloads: list[Target], answers: list[dict[str, Any]]
) -> None:
    """An option must be known to one workload at least; the others pass it over."""
    if not all("ready" in answer for answer in answers):
        return
    known = {name: list(answer["ready"]["known"]) for (name, _), answer in zip(workloads, answers, strict=True)}
    for option, _ in options:
        if not any(option in names for names in known.values()):
            exist = "; ".join(f"{name} has {', '.join(names) or 'none'}" for name, names in known.items())
            raise HarnessError(f"unknown option {option!r}: {exist}")
