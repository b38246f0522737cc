"""Turns what was asked for into a plan: strategies and groups, or a refusal that says why."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from harness.errors import HarnessError
from harness.machine.limits import Limits, excesses
from harness.plan import catalogue
from harness.record.plan import Group, Pin, Plan, Strategy, Variant

MARGIN = 0.02
USUAL_BLOCKS, MOST_BLOCKS, CAPACITY_BLOCKS = 10, 320, 6
USUAL_SLO = 0.01
USUAL_SECONDS, PRECISE_SECONDS = 60.0, 300.0
DEFAULT_WORKLOADS = ("sleep", "http", "echo")
Describe = Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]]


@dataclass(frozen=True)
class Request:
    """What the command line says, once, for everything below it."""

    strategies: Sequence[str] = ("all",)
    workloads: Sequence[str] = DEFAULT_WORKLOADS
    options: Sequence[str] = ()
    tasks: int | None = None
    concurrency: int | None = None
    reference: str | None = None
    blocks: int | None = None
    rounds: int | None = None
    warmup: int = 1
    timeout: float = 60.0
    max_time: float | None = None
    pin: Pin = "apart"
    seed: int | None = None
    margin: float = MARGIN
    precision: float | None = None
    count: Literal["instructions"] | None = None
    find_capacity: bool = False
    slo: float | None = None
    variants: Sequence[str] = ()


def make(request: Request, describe: Describe, limits: Limits, variants: Sequence[Variant] = ()) -> Plan:
    """The plan, with an arm of each strategy for each variant that was built.

    Raises HarnessError where something is unknown, contradictory, or more than the limits allow."""
    if request.concurrency and request.tasks and request.concurrency > request.tasks:
        raise HarnessError(f"--concurrency {request.concurrency} is more than --tasks {request.tasks}")
    for flag, seconds in (("--timeout", request.timeout), ("--max-time", request.max_time)):
        if seconds is not None and not math.isfinite(seconds):
            raise HarnessError(f"{flag} {seconds}: a finite number of seconds")
    check_share("--margin", request.margin)
    check_share("--precision", request.precision)
    options = [_option(text) for text in request.options]
    wanted_strategies = _strategies(request.strategies)
    known = catalogue.workload_targets()
    wanted_workloads = [catalogue.find("workload", known, name) for name in _listed(request.workloads)]
    if not wanted_workloads:
        raise HarnessError(f"no workload was named; there are {', '.join(known)}")
    sizes = {"tasks": request.tasks, "concurrency": request.concurrency, "options": options}
    answers = describe(
        [{"do": "describe strategy", "target": target} for _, target in wanted_strategies]
        + [{"do": "describe workload", "target": target} | sizes for _, target in wanted_workloads]
    )
    split = len(wanted_strategies)
    found = [_strategy(*pair, answer) for pair, answer in zip(wanted_strategies, answers[:split], strict=True)]
    strategies = [arm for strategy in found for arm in _in_variants(strategy, variants, describe)]
    _refuse_unknown_options(options, wanted_workloads, answers[split:])
    groups = [
        group
        for pair, answer in zip(wanted_workloads, answers[split:], strict=True)
        for group in _groups(*pair, answer, request)
    ]
    if request.count and any(group.serves for group in groups):
        raise HarnessError("--count instructions: a server's instructions are not counted, leave it out")
    if request.slo is not None and not request.find_capacity:
        raise HarnessError("--slo is for --find-capacity")
    if request.find_capacity and any(not group.demand or group.demand.rate for group in groups):
        raise HarnessError("--find-capacity is for servers without a rate of their own: -W echo -P side=server")
    for group in groups:
        for excess in excesses(group, strategies, limits):
            raise HarnessError(excess)
    return Plan(
        strategies=strategies,
        groups=groups,
        reference=_reference(request.reference, strategies),
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


def check_share(flag: str, share: float | None) -> None:
    """Raise HarnessError where an option is no share."""
    if share is not None and not 0 < share < 1:
        raise HarnessError(f"{flag} {share:g}: a share between 0 and 1, such as 0.02")


def _usual_blocks(request: Request) -> int:
    if request.find_capacity:
        return CAPACITY_BLOCKS
    return MOST_BLOCKS if request.precision else USUAL_BLOCKS


def _usual_max_time(request: Request) -> float | None:
    if request.blocks or request.find_capacity:
        return None
    return PRECISE_SECONDS if request.precision else USUAL_SECONDS


def _option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise HarnessError(f"-P {text}: write it as key=value")
    return name, value


def _listed(names: Sequence[str]) -> list[str]:
    """Each name once; several may stand between commas."""
    return list(dict.fromkeys(name for words in names for name in words.split(",") if name))


def _strategies(names: Sequence[str]) -> list[tuple[str, str]]:
    known = catalogue.strategy_targets()
    wanted = _listed(names)
    if not wanted:
        raise HarnessError(f"no strategy was named; there are all, {', '.join(known)}")
    expanded = [one for name in wanted for one in (known if name == "all" else [name])]
    return [catalogue.find("strategy", known, name) for name in dict.fromkeys(expanded)]


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
    groups = [msgspec.convert(case | {"workload": name, "target": target}, Group) for case in answer["ready"]["cases"]]
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
    options: list[tuple[str, str]], workloads: list[tuple[str, str]], answers: list[dict[str, Any]]
) -> None:
    """An option must be known to one workload at least; the others pass it over."""
    if not all("ready" in answer for answer in answers):
        return
    known = {name: list(answer["ready"]["known"]) for (name, _), answer in zip(workloads, answers, strict=True)}
    for option, _ in options:
        if not any(option in names for names in known.values()):
            exist = "; ".join(f"{name} has {', '.join(names) or 'none'}" for name, names in known.items())
            raise HarnessError(f"unknown option {option!r}: {exist}")


def _reference(wanted: str | None, strategies: list[Strategy]) -> str:
    names = [strategy.name for strategy in strategies]
    if wanted is None:
        return names[0]
    arms = [one.name for one in strategies if one.variant and wanted in (one.variant.name, one.plain)]
    if len(arms) == 1:
        return arms[0]
    if wanted not in names:
        raise HarnessError(f"--reference {wanted} is not among the strategies of this run: {', '.join(names)}")
    return wanted
