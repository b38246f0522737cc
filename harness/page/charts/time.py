"""Blocks in the order of time: how much slower than usual each strategy, and the machine, was in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import NamedTuple

from harness.document.run import Group, HostMark, Run
from harness.page.charts import rows
from harness.page.charts.rows import Places

STEPS = (0.05, 0.10, 0.25, 0.50)
"""Slower by so much is a darker cell."""


class Cell(NamedTuple):
    """A block: how much slower it was (a share), and what else is to be said of it."""

    slower: float
    also: str = ""

    @property
    def step(self) -> int:
        """0 to 4."""
        return sum(self.slower >= one for one in STEPS)


class Track(NamedTuple):
    """A strategy, block by block."""

    name: str
    place: int
    cells: dict[int, Cell]


class Timeline(NamedTuple):
    """The blocks by their numbers, when each began (seconds of the run, None where nobody knows), the machine beside
    them, and the strategies."""

    numbers: tuple[int, ...]
    began: dict[int, float]
    machine: dict[int, Cell]
    tracks: tuple[Track, ...]


def timeline(group: Group, run: Run, places: Places) -> Timeline | None:
    """That of a group; None where no row has blocks, or all have but one."""
    tracks, began = [], dict[int, float]()
    for row in rows.good(group):
        found = rows.by_block(row)
        if found:
            usual = median(found.values())
            cells = {block: Cell(seconds / usual - 1) for block, seconds in found.items()}
            tracks.append(Track(row.name, places[row.name], cells))
        for block, at in ((one.block, one.at_seconds) for one in row.each_block or []):
            if at is not None:
                began[block] = min(at, began.get(block, at))
    numbers = sorted({block for track in tracks for block in track.cells})
    if len(numbers) < 2:
        return None
    return Timeline(tuple(numbers), began, _machine(run.marks, numbers), tuple(tracks))


def loop(marks: Sequence[HostMark]) -> list[float]:
    """How much longer than at its fastest the fixed loop took, at each mark."""
    least = min((mark.loop_seconds for mark in marks), default=1.0)
    return [mark.loop_seconds / least - 1 for mark in marks]


def _machine(marks: Sequence[HostMark], numbers: Sequence[int]) -> dict[int, Cell]:
    """The slower of the marks before and after each block, against the fastest mark of the run."""
    slower = loop(marks)
    found = {}
    for block in numbers:
        around = [place for place, mark in enumerate(marks) if mark.block in (block, block + 1)]
        if around:
            stolen = max(marks[place].steal_share for place in around)
            found[block] = Cell(max(slower[place] for place in around), ", ".join(_also(stolen)))
    return found


def _also(stolen: float) -> Iterator[str]:
    if stolen >= 0.005:
        yield f"{stolen:.0%} of the processors stolen"
