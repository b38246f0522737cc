"""What a verdict of two stored runs rests on: for each cell that both have, its history, or the other cells, or
`calibrate`'s records. Pure functions of records."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from harness.document.beside import Basis
from harness.document.past import Numbers, Past, calibrated, history, lacking, loop_seconds, whole
from harness.document.run import Row
from harness.record.plan import PlannedGroup
from harness.record.sample import Record
from harness.statistics import runs
from harness.statistics.levels import levels
from harness.statistics.runs import FEWEST, Measured, Moved, Runs

MODES = 3.0
"""Strategies of threads may be in one of two modes for a whole run: what moved by less is not called beside others."""


BUSIER = 1.25
"""By this factor the fixed loop of the host may take longer, or less, than in the runs that a verdict rests on."""


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


OTHERWISE = "moved otherwise than the others did"


class Found(NamedTuple):
    """What a verdict of a cell rests on, with how many runs or cells; or why there is none."""

    moved: Moved | None = None
    basis: Basis | None = None
    of: int = 0
    reason: str | None = None


class Known(NamedTuple):
    """What there is for the cells of a group to be seen beside: their history, what `calibrate` keeps, and by basis
    why it says nothing of these two runs."""

    history: Numbers
    calibration: Numbers
    strained: dict[Basis, str]


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
    known = Known({}, {}, strained(then, now, past))
    if both.reference:
        before = history(both.group, both.reference[1], past.runs)
        known = known._replace(history=before, calibration=calibrated(both.group, past.calibrations))
    return [_found(pair, both, moved, known, past) for pair in both.pairs]


def strained(then: Record, now: Record, past: Past) -> dict[Basis, str]:
    """By basis, where the machine was busier or quieter in one of two runs than in what they are seen beside: how far
    runs differ there says nothing of that."""
    beside: dict[Basis, Sequence[Record]] = {"history": past.runs, "cells": [then], "calibration": past.calibrations}
    found: dict[Basis, str] = {}
    for basis, records in beside.items():
        loops = [loop for one in records if whole(one) or one is then if (loop := loop_seconds(one))]
        for when, one in (("then", then), ("now", now)):
            loop = loop_seconds(one)
            if loop and loops and not min(loops) / BUSIER <= loop <= max(loops) * BUSIER:
                usual = " to ".join(dict.fromkeys(f"{1e3 * one:.3g}" for one in (min(loops), max(loops))))
                where = "ms then" if basis == "cells" else f"ms in its {basis}"
                found[basis] = f"the machine was another: a fixed loop took {1e3 * loop:.3g} ms {when}, {usual} {where}"
    return found


def _found(pair: Pair, both: Common, moved: dict[str, tuple[Measured, Measured]], known: Known, past: Past) -> Found:
    if pair.withheld or pair.identity not in moved:
        return Found(reason=pair.withheld or "its ratios are of something else than the reference's")
    is_reference = both.reference is not None and pair.identity == both.reference[1]
    before, beside = ([] if is_reference else one.get(pair.identity, []) for one in (known.history, known.calibration))
    itself = (pair.identity, both.reference[1] if both.reference else None)
    neighbours = [numbers for identity, numbers in known.history.items() if identity not in itself]
    others = [one for identity, one in moved.items() if identity != pair.identity]
    own = moved[pair.identity]
    least = math.log(MODES) if pair.threads else 0.0
    by_others = runs.by_cells(own, others)
    tried = [
        Found(runs.by_history(*own, before, neighbours), "history", sum(map(len, before))),
        Found(by_others and by_others._replace(least=least), "cells", len(others), OTHERWISE),
        Found(runs.by_history(*own, beside), "calibration", sum(map(len, beside))),
    ]
    there = {one.basis: one for one in tried if one.moved and one.basis}
    for basis, found in there.items():
        if basis not in known.strained:
            return found
    return Found(
        reason=next((known.strained[basis] for basis in there), _lacking(pair, both, past, before, others, beside))
    )


def _lacking(pair: Pair, both: Common, past: Past, before: Runs, others: Sequence[object], beside: Runs) -> str:
    """What a verdict could rest on, and how much of it there is."""
    cells = f"{len(others)} other {'cell' if len(others) == 1 else 'cells'}"
    if both.reference is None:
        return f"one run each: no reference has numbers in both, {cells} where {FEWEST} are needed"
    if len(both.pairs) == 1:
        return "one run each: it ran alone, and a history is of ratios to a second strategy in the same blocks"
    if pair.identity == both.reference[1]:
        return f"one run each: the ratios are against it, {cells} where {FEWEST} are needed"
    count = sum(map(len, beside))
    alone = f"{count} null {'comparison' if count == 1 else 'comparisons'} of `calibrate`: {FEWEST} of one of them do"
    return f"one run each: {lacking(both.group, pair.identity, past, before)}, {cells}, {alone}"
