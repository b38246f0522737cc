"""What an interrupted record says of how far its run had come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from harness.measure.ledger import Ledger
from harness.record.sample import Arm, Record, Sample


class SoFar(NamedTuple):
    """How far a run had come: its next block, and the groups that have been in it already."""

    block: int
    measured: frozenset[int]


class Took(NamedTuple):
    """What a block of a group took: seconds, and how many workers there were."""

    group: int
    seconds: float
    workers: int


def so_far(record: Record) -> SoFar:
    """The last block of which there is a sample: a group that has any of its samples has had it, since rounds of then
    and now would not be interleaved."""
    samples = record.every
    block = max((one.block for one in samples), default=0)
    return SoFar(block, frozenset(one.group for one in samples if one.block == block))


def took(record: Record, block: int) -> Iterator[Took]:
    """What the groups of a block took, by the marks before and after it: each worker the same. A block without a mark
    after it says nothing of that."""
    at = {mark.block: mark.at_seconds for mark in reversed(record.marks)}
    began, ended = at.get(block), at.get(block + 1)
    seconds = ended - began if began is not None and ended is not None else 0.0
    samples = [one.group for one in record.samples if one.block == block]
    for group in dict.fromkeys(samples):
        workers = samples.count(group) if seconds else 0
        yield Took(group, seconds * workers / len(samples), workers)


def ledger(record: Record) -> Ledger:
    """The books of the run until it was interrupted: as it closed them, or, where it was killed, its seconds alone."""
    said: Mapping[str, float] = record.end.seconds if record.end else {}
    known = [one.at_seconds for sample in record.samples for one in (*sample.warmups, *sample.rounds)]
    known += [mark.at_seconds for mark in record.marks]
    return Ledger(said, said.get("all", max((one for one in known if one), default=0.0)))


def null_arms(samples: list[Sample]) -> dict[int, int | None]:
    """The strategy of each group's null arm; None where there is no more."""
    arm: Arm = "null"
    found = [one for one in samples if one.arm == arm]
    return {one.group: one.strategy if one.status == "ok" else None for one in found}


def lost(samples: list[Sample]) -> set[tuple[int, int]]:
    """Group and strategy of the rows that are not measured any more."""
    return {(one.group, one.strategy) for one in samples if one.status != "ok" and one.arm == "row"}
