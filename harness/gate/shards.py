"""A gate whose blocks are spread over jobs: parts of a record, and the record that they make together. Pure functions.

Each block is whole on one machine, and each shard measures its share of them without a look at what came out: so the
blocks in a fixed order are those of one run, and are judged like it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from harness.document.gate import Gate, Shard
from harness.errors import HarnessError
from harness.gate.cells import Limit, pairs
from harness.record import checked
from harness.record.lines import ImpossibleError, Unknown, decode, encode
from harness.record.plan import Plan
from harness.record.sample import End, Ending, Header, Line, Looks, Record, parted
from harness.record.store import lines_of, new_run, record_of
from harness.text import readable

BLOCKS = 40
"""Of all shards together, where nobody says: enough for what scatters by 2 %."""
COUNTED_BLOCKS = 12
"""The same where instructions are counted, which hardly scatter."""
MOST_DIGITS, NAMED = 6, 10


class Share(NamedTuple):
    """Which shard, of how many; from 1."""

    number: int
    of: int

    def blocks(self, every: int) -> int:
        """How many of all blocks are this shard's."""
        return len(range(self.number - 1, every, self.of))


class Part(NamedTuple):
    """A shard as it was read, and the name of its file."""

    name: str
    gate: Gate
    shard: Shard
    record: Record


def share(text: str) -> Share:
    """What `--shard 2/4` means. Raises HarnessError."""
    number, slash, of = text.partition("/")
    few = len(number) <= MOST_DIGITS and len(of) <= MOST_DIGITS
    if not (slash and few and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise HarnessError(f"--shard {text}: write which of how many, such as 2/4")
    return Share(int(number), int(of))


def lines(record: Record) -> list[str]:
    """The lines of a record, as text."""
    return [encode(line).decode().rstrip("\n") for line in lines_of(record)]


def crc32(lines: Sequence[str]) -> str:
    """The checksum of all lines of a part."""
    return f"{zlib.crc32(readable(''.join(lines)).encode()):08x}"


def part(name: str, gate: Gate) -> Part:
    """A part as it was read. Raises HarnessError where it is none, or is damaged."""
    if gate.shard is None:
        raise HarnessError(f"{name} is a whole gate and no part of one: gate --shard 1/4 --json PATH makes parts")
    found, header = _lines(name, gate.shard)
    shard, plan = gate.shard, header.plan
    known = {(group.workload, pair.strategy) for group in plan.groups for pair in pairs(plan)}
    said = {(cell.workload, cell.strategy) for cell in gate.cells}
    if not known or said != known or not 1 <= shard.number <= shard.of < 10**MOST_DIGITS:
        raise HarnessError(f"{name} is damaged: its cells or its number are not those of its record")
    record = record_of(header, found)
    if fault := checked.fault(record):
        raise HarnessError(f"{name} says what cannot be: {fault}")
    return Part(name, gate, shard, record)


def _lines(name: str, shard: Shard) -> tuple[list[Line | Unknown | None], Header]:
    """The lines of a part's record, and the first of them. Raises HarnessError."""
    try:
        found = [decode(readable(line).encode()) for line in shard.lines]
    except ImpossibleError as wrong:
        raise HarnessError(f"{name} says what cannot be: {wrong}") from None
    if not found or not isinstance(found[0], Header) or None in found:
        raise HarnessError(f"{name} is damaged: {found.count(None) or 'all'} of its lines are not what was written")
    if shard.crc32 != crc32(shard.lines):
        raise HarnessError(f"{name} is damaged: its lines are not those that were written")
    return found, found[0]


def merged(parts: Sequence[Part]) -> Record:
    """The record that all shards of a gate make, the blocks in turn. Raises HarnessError where some are missing,
    doubled or of another gate."""
    if not parts:
        raise HarnessError("--merge: name the parts, such as part-*.json")
    _refuse_foreign(parts)
    _refuse_incomplete(parts)
    first = parts[0].record.header
    order = {place: number for number, place in enumerate(sorted(place for one in parts for place in _places(one)))}
    samples, marks = [], []
    for one in parts:
        number = one.shard.number
        samples += [
            msgspec.structs.replace(sample, block=order[sample.block, number])
            for sample in (*one.record.samples, *one.record.beside)
            if (sample.block, number) in order
        ]
        marks += [
            msgspec.structs.replace(mark, block=order[mark.block, number])
            for mark in one.record.marks
            if (mark.block, number) in order
        ]
    every = parts[0].shard.blocks
    plan = msgspec.structs.replace(first.plan, blocks=every)
    header = msgspec.structs.replace(first, plan=plan, run=new_run())
    samples.sort(key=lambda sample: sample.block)
    marks.sort(key=lambda mark: mark.block)
    made, beside = parted(samples)
    return Record(header, made, _end(parts, len(order)), marks=marks, beside=beside, looks=Looks(every))


def limits(parts: Sequence[Part]) -> Limit:
    """The limits that the parts were made with."""
    said = {(cell.workload, cell.strategy): cell.limit for cell in parts[0].gate.cells}
    return lambda workload, strategy: said[workload, strategy]


def _places(one: Part) -> set[tuple[int, int]]:
    """The blocks of a part, in the order in which they are judged: by turns."""
    return {(sample.block, one.shard.number) for sample in one.record.samples}


def _end(parts: Sequence[Part], blocks: int) -> End | None:
    """How they ended together: None where one was cut off."""
    ends = [one.record.end for one in parts]
    known = [end for end in ends if end]
    if len(known) < len(ends):
        return None
    worst: Sequence[Ending] = ("interrupted", "partial", "complete")
    status = next(status for status in worst if any(end.status == status for end in known))
    seconds: dict[str, float] = {}
    for end in known:
        for what, took in end.seconds.items():
            seconds[what] = seconds.get(what, 0.0) + took
    return End(status, blocks, seconds, sum(end.left_behind for end in known))


def _refuse_incomplete(parts: Sequence[Part]) -> None:
    of, seen = parts[0].shard.of, dict[int, str]()
    for one in parts:
        other = seen.get(one.shard.number)
        if other is not None:
            raise HarnessError(f"shard {one.shard.number} of {of} is there twice: {other} and {one.name}")
        seen[one.shard.number] = one.name
    runs: dict[str, str] = {}
    for one in parts:
        run = one.record.header.run
        if run in runs:
            raise HarnessError(f"{runs[run]} and {one.name} are the same run, {run}")
        runs[run] = one.name
    missing = [str(number) for number in range(1, of + 1) if number not in seen]
    if missing:
        more = f" and {len(missing) - NAMED} others" if len(missing) > NAMED else ""
        named = ", ".join(missing[:NAMED]) + more
        raise HarnessError(f"of {of} shards {named} {'are' if len(missing) > 1 else 'is'} missing")
    for one in parts:
        if not one.record.samples:
            raise HarnessError(f"{one.name} has no block: shard {one.shard.number} of {of} has to be run again")


def _refuse_foreign(parts: Sequence[Part]) -> None:
    wanted = dict(_about(parts[0]))
    for one in parts[1:]:
        for what, found in _about(one):
            if found != wanted.get(what):
                theirs, ours = _shown(found, wanted.get(what)), _shown(wanted.get(what), found)
                raise HarnessError(
                    f"{one.name} is of another gate: {what} {theirs or 'none'}, in {parts[0].name} {ours or 'none'}"
                )


def _about(one: Part) -> Iterator[tuple[str, Any]]:
    """What all parts of a gate have in common."""
    header = one.record.header
    plan = header.plan
    yield "shards in all:", one.shard.of
    yield "blocks in all:", one.shard.blocks
    yield "the metric is", {cell.metric for cell in one.gate.cells}
    for name, identity in _versions(plan).items():
        yield f"the {name} is", identity
    yield "the commit is", header.commit and header.commit.id
    yield "changed files:", header.commit.changed if header.commit else 0
    yield "strategies:", [strategy.plain for strategy in plan.strategies]
    yield "workloads:", [(g.workload, g.options, g.tasks, g.concurrency) for g in plan.groups]
    yield "sources of workloads:", [group.version for group in plan.groups]
    yield "limits:", {f"{cell.workload} {cell.strategy}": cell.limit for cell in one.gate.cells}
    yield (
        "rounds, warm-ups, pin, counting:",
        (
            plan.rounds,
            plan.warmup,
            plan.fresh,
            plan.pin,
            plan.count,
            plan.count_with,
            plan.count_allocator,
            plan.values,
        ),
    )
    yield "Python is", header.host.get("python")
    yield "versions:", header.versions


def _versions(plan: Plan) -> dict[str, str]:
    """What base and candidate are."""
    return {one.variant.name: one.variant.identity for one in plan.strategies if one.variant}


def _shown(value: Any, other: Any) -> str:
    """A value, or where both are tables what is not the same in them."""
    if isinstance(value, Mapping) and isinstance(other, Mapping):
        return ", ".join(f"{name} {one}" for name, one in value.items() if one != other.get(name))
    if isinstance(value, set | list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
