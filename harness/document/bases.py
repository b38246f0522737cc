"""What a verdict of two stored runs rests on: for each cell that both have, its history, or the other cells, or
`calibrate`'s records. Pure functions of records."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from harness.document.beside import Basis
from harness.document.past import Numbers, Past, calibrated, history, lacking
from harness.document.run import Row
from harness.record.plan import PlannedGroup
from harness.record.sample import Record
from harness.statistics import runs
from harness.statistics.levels import levels
from harness.statistics.runs import FEWEST, Measured, Moved

MODES = 3.0
"""Strategies of threads may be in one of two modes for a whole run: what moved by less is not called beside others."""


class Pair(NamedTuple):
    """A cell that two runs have in common: its strategy's identity, its places in their plans, its rows, and why there
    can be no verdict of it whatever the runs are beside."""

    identity: str
    old: int
    new: int
    before: Row
    after: Row
    logs: tuple[list[float], list[float]]
    """Of the samples' numbers, then and now."""
    threads: bool
    withheld: str | None


class Common(NamedTuple):
    """A group that two runs have in common: its places in their plans, its cells, and the name and identity of the
    reference that is the same in both."""

    old: int
    new: int
    group: PlannedGroup
    pairs: Sequence[Pair]
    reference: tuple[str, str] | None


class Found(NamedTuple):
    """What a verdict of a cell rests on, with how many runs or cells; or why there is none."""

    moved: Moved | None = None
    basis: Basis | None = None
    of: int = 0
    reason: str | None = None


def bases(both: Common, then: Record, now: Record, past: Past) -> list[Found]:
    """One for each cell of a group."""
    pivot = both.reference[0] if both.reference else both.pairs[0].after.name
    old = levels(then.header.plan, then.samples, both.old, pivot)
    new = levels(now.header.plan, now.samples, both.new, pivot)
    moved = {
        pair.identity: (old[pair.old], new[pair.new])
        for pair in both.pairs
        if pair.old in old and pair.new in new and not pair.withheld
    }
    known = history(both.group, both.reference[1], past.runs) if both.reference else {}
    alone = calibrated(both.group, past.calibrations) if both.reference else {}
    return [_found(pair, both, moved, known, alone, past) for pair in both.pairs]


def _found(
    pair: Pair, both: Common, moved: dict[str, tuple[Measured, Measured]], known: Numbers, alone: Numbers, past: Past
) -> Found:
    if pair.withheld or pair.identity not in moved:
        return Found(reason=pair.withheld or "its ratios are of something else than the reference's")
    is_reference = both.reference is not None and pair.identity == both.reference[1]
    own = moved[pair.identity]
    before, beside = ([] if is_reference else one.get(pair.identity, []) for one in (known, alone))
    others = [one for identity, one in moved.items() if identity != pair.identity]
    if by := runs.by_history(*own, before):
        return Found(by, "history", sum(map(len, before)))
    if by := runs.by_cells(own, others):
        least = math.log(MODES) if pair.threads else 0.0
        return Found(by._replace(least=least), "cells", len(others), "moved otherwise than the others did")
    if by := runs.by_history(*own, beside):
        return Found(by, "calibration", sum(map(len, beside)))
    if is_reference:
        lacks = "the ratios are against it"
    elif both.reference is None:
        lacks = "no reference has numbers in both"
    else:
        lacks = lacking(both.group, pair.identity, past, before)
    return Found(reason=f"one run each: {', '.join([lacks, *_too_few(others, beside, is_reference)])}")


def _too_few(others: Sequence[object], beside: Sequence[Sequence[Measured]], is_reference: bool) -> Iterator[str]:
    """What else would do, and how much of it there is."""
    count = sum(map(len, beside))
    cells = f"{len(others)} other {'cell' if len(others) == 1 else 'cells'}"
    if is_reference:
        yield f"{cells} where {FEWEST} are needed"
    else:
        yield cells
        yield f"{count} null {'comparison' if count == 1 else 'comparisons'} of `calibrate`: {FEWEST} of one of them do"
