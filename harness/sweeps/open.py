"""What a sweep does not know, in sentences. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from harness.document.sweep import Point
from harness.record.sample import Record
from harness.statistics.early import FIRST_LOOK
from harness.sweeps import words
from harness.sweeps.axes import Values, text
from harness.sweeps.choose import Cell
from harness.sweeps.costs import Costs
from harness.sweeps.points import Points


def left_open(found: Points, points: Sequence[Point], record: Record) -> Iterator[str]:
    """A sentence for each thing that is not known, with what would say it where that is known."""
    if record.end and record.end.cut_short:
        yield record.end.cut_short
    else:
        yield from _lacking(found, points, record)
    yield from _behind(found)
    untold = [point for point in points if point.best_is == "open" and point.in_grid]
    if untold:
        yield f"not told apart: the best at {_at(found, untold)}"


def _at(found: Points, points: Sequence[Point]) -> str:
    """Where some points are."""
    return _at_values(found, [tuple(point.values.values()) for point in points])


def _at_values(found: Points, values: Sequence[Values]) -> str:
    axes = found.plan.axes
    if len(axes) == 1:
        return f"{axes[0].name} {', '.join(text(one) for (one,) in values)}"
    return f"{len(values)} point{'' if len(values) == 1 else 's'}"


def _behind(found: Points) -> Iterator[str]:
    """Strategies that were left out where they would have been slow, those of the same points together."""
    together: dict[str, list[str]] = {}
    for s, strategy in enumerate(found.plan.strategies):
        left = sorted(v for (v, one), sample in found.lost.items() if one == s and _says(sample.reason, words.BEHIND))
        if left:
            together.setdefault(_at_values(found, left), []).append(strategy.name)
    for where, names in together.items():
        yield f"{', '.join(names)} not tried at {where}: far behind, and slow"


def _lacking(found: Points, points: Sequence[Point], record: Record) -> Iterator[str]:
    """Points without their blocks, and the time that would have held them."""
    grid = [point for point in points if point.in_grid]
    lacking = [point for point in grid if point.blocks < FIRST_LOOK and _timely(found, point)]
    if not lacking:
        return
    if not found.numbers:
        yield "no round ended: --timeout and --max-time, both in seconds, give it more time"
        return
    whole = FIRST_LOOK * Costs(found).of_block(cell for point in grid for cell in _timely(found, point))
    spent = record.end.seconds["all"] if record.end else 0.0
    room = math.ceil(max(whole, spent) * 1.5 / 10) * 10
    yield f"too few blocks at {_at(found, lacking)}: --max-time {room} has room"


def _timely(found: Points, point: Point) -> list[Cell]:
    """The cells of a point that have blocks, or would have some if there were time."""
    cells = [(tuple(point.values.values()), s) for s in range(len(found.plan.strategies))]
    return [cell for cell in cells if cell in found.numbers or _says(_reason(found, cell), words.NO_TIME)]


def _reason(found: Points, cell: Cell) -> str | None:
    return found.lost[cell].reason if cell in found.lost else None


def _says(reason: str | None, prefix: str) -> bool:
    return (reason or "").startswith(prefix)
