"""Says what strategies and workloads are, in a worker: the parent imports no plug-in."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import os
from typing import Any

from harness.strategies.base import AsyncStrategy, Strategy
from harness.worker.messages import DescribeStrategy, DescribeWorkload, StrategyDescribed, WorkloadDescribed
from harness.worker.options import build, combinations, option_types, options_of, shown
from harness.worker.targets import Usage, check_contract, is_ours, load, look_in
from harness.workloads.base import Workload
from harness.workloads.function import Function
from harness.workloads.serving import Serving


def first_line(thing: Any) -> str:
    """The first line of a docstring."""
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def strategy(asked: DescribeStrategy) -> StrategyDescribed:
    """What a plan has to know of a strategy. Raises Usage where the target is none."""
    if not is_ours(asked.target):
        look_in(asked.paths)
    found = load(asked.target)
    check_contract(asked.target, found)
    if not (isinstance(found, type) and issubclass(found, Strategy | AsyncStrategy)):
        raise Usage(f"{asked.target} is neither a Strategy nor an AsyncStrategy")
    awaited = issubclass(found, AsyncStrategy)
    if not (isinstance(found.options, tuple) and all(isinstance(one, str) for one in found.options)):
        raise Usage(f"the options of {asked.target} are {found.options!r}: write a tuple of names")
    about = first_line(found), found.prelude, found.threads_per_task, found.loop, awaited
    return StrategyDescribed(*about, found.options)


def workload(asked: DescribeWorkload) -> WorkloadDescribed:
    """What a plan has to know of a workload, for each combination of the options given. Raises Usage."""
    if not is_ours(asked.target):
        look_in(asked.paths)
    found = load(asked.target)
    check_contract(asked.target, found)
    cases = []
    for chosen in combinations(found, asked.options):
        value = build(found, chosen)
        cases.append(case(value, *value.sizes(asked.tasks, asked.concurrency)) | {"version": version(found)})
    return WorkloadDescribed(first_line(found), usual(found), cases)


def usual(found: Any) -> dict[str, Any]:
    """Every option of a workload, a server's too, as it is when nobody sets it."""
    value = build(found, {})
    if isinstance(value, Function):
        return options_of(value)
    return {name: shown(getattr(value, name)) for name in option_types(type(value))}


def version(found: Any) -> str | None:
    """What changes with the source of the module that a workload is in; None where there is none."""
    try:
        path = inspect.getsourcefile(getattr(found, "stands_for", found))  # of `worker.sent`
    except TypeError:  # it is built in
        return None
    if path is None or not os.path.isfile(path):
        return None
    with open(path, "rb") as source:
        return hashlib.sha256(source.read()).hexdigest()[:12]


def case(value: Workload, tasks: int, concurrency: int) -> dict[str, Any]:
    """One combination of options, with the sizes that go with it."""
    options, applicable = options_of(value), value.applicable()
    return {
        "options": options,
        "shown": None if applicable is None else [name for name in options if name in applicable],
        "tasks": tasks,
        "concurrency": concurrency,
        "floor_seconds": value.floor(tasks, concurrency),
        "sockets_per_task": value.sockets_per_task,
        "peer_module": value.peer_module if value.needs_peer() else None,
        "serves": value.serves(),
        "served_at": value.served_at if isinstance(value, Serving) else "",
        "demand": dataclasses.asdict(value.demand()) if isinstance(value, Serving) and value.serves() else None,
        "processes": value.processes if isinstance(value, Serving) else 1,
        "generators": value.generators if isinstance(value, Serving) else 1,
    }
