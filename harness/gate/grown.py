"""Which functions grew, where a gate by instructions failed: both versions are counted once more, by function."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from harness.document.gate import Decision, Gate, Grown
from harness.errors import HarnessError
from harness.gate.cells import Pair, pairs
from harness.measure import counters
from harness.measure.counters import Tool
from harness.measure.functions import Own, Owners
from harness.process.channel import Failure
from harness.record.plan import Counter, Plan
from harness.statistics import metrics

SEEING: tuple[tuple[Counter, str], ...] = (("qemu", "Python"), ("callgrind", "C"))
LEAST, MOST = 0.05, 5
"""Functions with a smaller share of what grew are not named, and no more than so many."""

Count = Callable[[Tool, int, tuple[int, int]], list[Owners]]
"""Counts both arms of a strategy (places in the plan) in a group, function by function. Raises Failure."""


def told(gate: Gate, plan: Plan, count: Count) -> Gate:
    """A gate with the functions that grew in each regression by instructions; a remark says what cannot be told."""
    places = [(number, pair) for number in range(len(plan.groups)) for pair in pairs(plan)]
    cells, remarks = [], list(gate.remarks)
    for one, (number, pair) in zip(gate.cells, places, strict=True):
        if one.outcome == "regression" and metrics.find(one.metric).counted:
            one, unknown = _explained(one, number, pair, count)
            remarks += [text for text in unknown if text not in remarks]
        cells.append(one)
    return msgspec.structs.replace(gate, cells=cells, remarks=remarks)


def _explained(cell: Decision, number: int, pair: Pair, count: Count) -> tuple[Decision, list[str]]:
    grew, unknown = [], []
    for counter, language in SEEING:
        try:
            then, now = count(counters.find(counter), number, (pair.base, pair.candidate))
            grew += list(grown(then, now, counter))
        except HarnessError as error:
            why = str(error).partition(": ")[2].rpartition("; ")[0]
            unknown.append(f"which functions grew in {language} is not known without {counter}: {why}")
        except Failure as failure:
            unknown.append(f"which functions of {pair.strategy} grew in {language} is not known: {failure}")
    return msgspec.structs.replace(cell, grew=grew), unknown


def grown(then: Owners, now: Owners, counter: Counter) -> Iterator[Grown]:
    """The functions whose own instructions are more now than they were, and their shares of all such growth."""
    nothing = Own(0.0, None)
    more = {one: own.instructions - then.get(one, nothing).instructions for one, own in now.items()}
    whole = sum(growth for growth in more.values() if growth > 0)
    for one in sorted(more, key=lambda one: -more[one])[:MOST]:
        if more[one] > LEAST * whole:
            before, after = then.get(one, nothing).instructions, now[one].instructions
            yield Grown(one.name, one.file, now[one].line, before, after, more[one] / whole, counter)
