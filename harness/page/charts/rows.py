"""The rows of a group in the order in which every chart has them: the fastest first, then by time; what is there to
teach after those, and what has no numbers last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.document.run import Group, Row, Run
from harness.page import words

Places = Mapping[str, int]
"""The number of each name on a page, by which a reader's choice highlights it in every chart."""


def places(runs: Iterable[Run]) -> Places:
    """One for each name, in the order of the plan."""
    names = dict.fromkeys(row.name for run in runs for group in run.groups for row in group.rows)
    return {name: place for place, name in enumerate(names)}


def ordered(group: Group) -> list[Row]:
    """All of them."""
    first = fastest(group)
    return sorted(group.rows, key=lambda row: (not is_good(row), bool(row.teaches), row is not first, _took(row)))


def good(group: Group) -> list[Row]:
    """Those that have numbers."""
    return [row for row in ordered(group) if is_good(row)]


def is_good(row: Row) -> bool:
    """Whether a row has numbers."""
    return row.status == "ok" and bool(row.wall_seconds)


def fastest(group: Group) -> Row | None:
    """What the others are against: the fastest of the best."""
    of_best = [row for row in group.rows if row.name in group.best and is_good(row)]
    against = [row for row in of_best if row.versus_best and not row.versus_best.blocks]
    return next(iter(against), None)


def _took(row: Row) -> float:
    return took(row) if is_good(row) else 0.0


def took(row: Row) -> float:
    """The seconds of a round; of a server, those of an answer."""
    return 1 / row.answers_per_second if row.answers_per_second else row.wall_seconds.median


def told(row: Row) -> str:
    """The same as people read it: a time, or answers a second."""
    return words.count(row.answers_per_second) if row.answers_per_second else words.seconds(row.wall_seconds.median)


def by_block(row: Row) -> dict[int, float]:
    """The number of each block, in seconds."""
    return {one.block: one.seconds for one in row.each_block or [] if one.seconds > 0}
