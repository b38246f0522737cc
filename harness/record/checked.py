"""Whether the parts of a record fit together: that each is what it can be says its type. Pure functions.

What is wrong is one line, which begins with the name of the field. The order is that of the file."""

from __future__ import annotations

import contextlib
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from harness.record.lines import ImpossibleError, decode, encode
from harness.record.plan import Axis, Plan, PlannedGroup
from harness.record.ranges import Count, Some
from harness.record.sample import End, Header, Leftover, Line, Record, Sample, Site

Scalar = str | int | float | bool | None


class Shell(msgspec.Struct):
    """What a header says of what the program was started from, as far as it is read."""

    variables: dict[str, Scalar] = {}
    taken_away: list[str] = []
    cpus: list[Count] | str = []
    cpus_online: Count | None = None
    nice: int | None = None
    policy: str = "other"
    limits: dict[str, int | None] = {}


class Machine(msgspec.Struct):
    """What a header says of the machine, as far as it is read."""

    machine_key: str | None = None
    cpu_model: str | None = None
    cores: Count | None = None
    system: str | None = None
    machine: str | None = None
    python: str | None = None
    implementation: str | None = None
    kernel: str | None = None
    load: float | None = None
    shell: Shell | None = None


class Facts(msgspec.Struct):
    """What a worker says of itself, as far as it is read."""

    python: str | None = None
    implementation: str | None = None
    libraries: dict[str, str] = {}
    loop: str | None = None
    client: str | None = None
    form: str | None = None
    debugging: list[str] | None = None
    gil: Scalar = None
    own_modules: int | None = None
    generator_cores: Some | None = None
    processes: Some = 1
    cpus: list[Count] = []


class Left(msgspec.Struct):
    """What a worker says of what its tasks left."""

    threads: Count = 0
    thread_names: list[str] = []
    children: Count = 0
    child_names: list[Leftover] = []
    child_pids: list[Count] = []
    not_waited_for: Count = 0
    tasks: Count = 0
    calls: Count = 0
    greenlets: Count = 0
    descriptors_each_round: Count = 0
    changed: list[str] = []
    failed_in_libraries: dict[str, Count] = {}


class Asked(msgspec.Struct):
    """What a header says of what was asked for, as far as it is looked into before all of it is."""

    options: list[str] = []
    ssh: str | None = None


OPEN: dict[type, dict[str, type[msgspec.Struct]]] = {
    Header: {"host": Machine, "asked": Asked},
    Sample: {"facts": Facts, "left": Left},
    Site: {"facts": Machine},
}
"""Fields that may hold more than we know, and what they hold of what we do."""


def encoded(line: Line) -> bytes:
    """A line as `encode` makes it, once it is seen that it can be read again. Raises ImpossibleError."""
    try:
        data = encode(line)
        read = decode(data[:-1])
    except RecursionError:
        read = None
    if read is None:
        raise ImpossibleError(f"{type(line).__name__.lower()}: what it holds is nested too deeply")
    if wrong := next(_of_header(read) if isinstance(read, Header) else _of_line(read), None):
        raise ImpossibleError(wrong)
    return data


def fault(record: Record) -> str | None:
    """The first of what cannot be, or None."""
    return next(_faults(record), None)


def fault_of(header: Header) -> str | None:
    """The same of a header alone."""
    return next(_of_header(header), None)


def fault_of_samples(samples: Sequence[Sample], plan: Plan) -> str | None:
    """The same of samples that came together, of a plan."""
    return next(_of_samples(samples, plan), None)


def _faults(record: Record) -> Iterator[str]:
    plan = record.header.plan
    yield from _of_header(record.header)
    yield from _of_samples(record.every, plan)
    for site in record.sites:
        yield from (f"site {site.number}: {text}" for text in _of_line(site))
    for cut in record.cuts:
        for place in cut.groups:
            if not (place.isdecimal() and place.isascii() and int(place[:20]) < len(plan.groups)):
                yield f"cut: groups: {place!r} is no place in plan.groups"
    if record.end:
        yield from (f"end: {text}" for text in _of_line(record.end))


def _of_header(header: Header) -> Iterator[str]:
    plan = header.plan
    names = Counter(one.name for one in plan.strategies)
    yield from (f"plan.strategies: {name!r} is there {n} times" for name, n in names.items() if n > 1)
    if plan.reference not in names:
        yield f"plan.reference: {plan.reference!r} is none of the strategies"
    for number, group in enumerate(plan.groups):
        if group.concurrency > group.tasks and not group.serves:
            yield f"plan.groups[{number}].concurrency: {group.concurrency} of {group.tasks} tasks"
        for name, value in group.options.items():
            if not _is_option(value):
                yield f"plan.groups[{number}].options: {name}: no value of an option"
        for axis in plan.axes:
            if not _lies_on(axis, group):
                yield f"plan.groups[{number}]: it lies nowhere on the axis {axis.name}"
    for axis in plan.axes:
        if axis.low >= axis.high:
            yield f"plan.axes: {axis.name}: from {axis.low:g} to {axis.high:g}"
    if not _is_moment(header.taken_at):
        yield f"taken_at: {header.taken_at!r} is no moment"
    yield from _of_line(header)


def _of_samples(samples: Sequence[Sample], plan: Plan) -> Iterator[str]:
    for number, sample in enumerate(samples):
        yield from (f"sample {number}: {text}" for text in _of_sample(sample, plan))
    places = Counter((one.group, one.strategy, one.block, one.arm) for one in samples)
    for (group, strategy, block, arm), times in places.items():
        if times > 1:
            yield f"samples: group {group}, strategy {strategy}, block {block}, arm {arm} is there {times} times"


def _of_sample(sample: Sample, plan: Plan) -> Iterator[str]:
    if sample.group >= len(plan.groups):
        yield f"group: {sample.group} of {len(plan.groups)}"
        return
    if sample.strategy >= len(plan.strategies):
        yield f"strategy: {sample.strategy} of {len(plan.strategies)}"
    if sample.status == "ok":
        yield from _of_rounds(sample, plan.groups[sample.group])
    yield from _of_line(sample)


def _of_rounds(sample: Sample, group: PlannedGroup) -> Iterator[str]:
    if not sample.rounds:
        yield "rounds: none, though it is ok"
    if not group.serves:
        return
    if not all(one.load for one in sample.rounds):
        yield "rounds: one without load, though it serves"
    several = group.processes > 1 or sample.facts.get("processes", 1) != 1
    if several and not sample.facts.get("cpus"):
        yield "facts: cpus: none, though several processes served"


def _of_line(line: Any) -> Iterator[str]:
    """What cannot be whatever the other lines say."""
    if isinstance(line, End) and not line.seconds.get("all"):
        yield "seconds: all of them are not there"
    for name, kind in OPEN.get(type(line), {}).items():
        yield from (f"{name}: {text}" for text in _typed(getattr(line, name) or {}, kind))


def _typed(said: dict[str, Any], kind: type[msgspec.Struct]) -> Iterator[str]:
    try:
        msgspec.convert(said, kind)
    except msgspec.ValidationError as wrong:
        what, _, field = str(wrong).partition(" - at `$.")
        yield f"{field.rstrip('`')}: {what[:1].lower()}{what[1:]}"


def _is_option(value: Any) -> bool:
    return isinstance(value, Scalar) or (isinstance(value, list) and all(isinstance(one, Scalar) for one in value))


def _lies_on(axis: Axis, group: PlannedGroup) -> bool:
    sizes = {"tasks": group.tasks, "concurrency": group.concurrency}
    there = {"processes": group.processes, "generators": group.generators} | group.options | sizes
    try:
        value = float(there[axis.name])
    except (KeyError, TypeError, ValueError, OverflowError):
        return False
    return 0 < value < math.inf or value == axis.low


def _is_moment(text: str) -> bool:
    with contextlib.suppress(ValueError):
        return bool(datetime.fromisoformat(text))
    return False
