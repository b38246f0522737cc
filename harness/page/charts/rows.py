"""The rows of a group in the order in which every chart has them: the fastest first, then by time; what is there to
teach after those, and what has no numbers last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.document.run import Group, Row, Run
from harness.page import words
from harness.report.sentences import leader, pace

Places = Mapping[str, int]
"""The number of each name on a page, by which a reader's choice highlights it in every chart."""


def places(runs: Iterable[Run]) -> Places:
    """One for each name, in the order of the plan."""
    names = dict.fromkeys(row.name for run in runs for group in run.groups for row in group.rows)
    return {name: place for place, name in enumerate(names)}


def ordered(group: Group) -> list[Row]:
    """All of them."""
    first = leader(group)

    def key(row: Row) -> tuple[bool, bool, bool, float]:
        return not is_good(row), row.teaches, row is not first, pace(row, group) if is_good(row) else 0.0

    return sorted(group.rows, key=key)


def good(group: Group) -> list[Row]:
    """Those that have numbers."""
    return [row for row in ordered(group) if is_good(row)]


def is_good(row: Row) -> bool:
    """Whether a row has numbers."""
    return row.status == "ok" and bool(row.wall_seconds)


def took(row: Row, group: Group) -> float:
    """The seconds of a round; of a server those of an answer, at its capacity where that was sought."""
    return pace(row, group)


def told(row: Row, group: Group) -> str:
    """The same as people read it: a time, or answers a second."""
    return words.count(1 / pace(row, group)) if group.serves else words.seconds(pace(row, group))


def by_block(row: Row) -> dict[int, float]:
    """The number of each block, in seconds."""
    return {one.block: one.seconds for one in row.each_block or [] if one.seconds > 0}
