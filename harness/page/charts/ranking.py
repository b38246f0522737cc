"""Every strategy against the fastest: estimate, interval, single blocks, and the word that comes of the interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from harness.document.run import Group, NullArm, Row
from harness.page import axes, words
from harness.page.axes import Axis
from harness.page.charts import rows
from harness.page.charts.rows import Places
from harness.report.rows import each_generator
from harness.report.sentences import has_interval, leader, word


class Standing(NamedTuple):
    """A row: its time as people read it; its factor with the interval that the word came from, where there is one; that
    of each block; a remark (what limits it, or why it has no numbers)."""

    name: str
    place: int
    word: str
    told: str = ""
    took: float | None = None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    blocks: tuple[float, ...] = ()
    note: str = ""
    teaches: bool = False
    limit: float | None = None
    """Of a gate: what its factor may be."""

    @property
    def is_best(self) -> bool:
        """Whether it is drawn as the answer."""
        return self.word in ("fastest", "level")

    @property
    def has_bar(self) -> bool:
        """Whether its interval has two ends."""
        return self.low is not None and self.high is not None and self.low < self.high


class Ranking(NamedTuple):
    """The rows, the fastest first, on one axis; `margin` is what counts as level; the control is one strategy against
    itself."""

    rows: tuple[Standing, ...]
    axis: Axis
    margin: float
    unit: str = "time"
    against: str = "× fastest"
    notes: str = "limit"
    control: Standing | None = None

    @property
    def compares(self) -> bool:
        """Whether there is anything to compare."""
        return any(row.estimate is not None for row in self.rows)


def ranking(group: Group, places: Places) -> Ranking:
    """That of a group."""
    best = leader(group)
    against = best or _lowest(group)
    found = [_standing(row, group, places, best, against) for row in rows.ordered(group)]
    control = _control(group.null_arm, group) if group.null_arm and len(found) > 1 else None
    unit = "answers/s" if any(row.answers_per_second for row in group.rows) else "time"
    return Ranking(tuple(found), axis([*found, *([control] if control else [])]), group.margin, unit, control=control)


def axis(found: Sequence[Standing]) -> Axis:
    """What holds the estimates and intervals of rows, but for what is far off."""
    inside = [row for row in found if row.estimate is not None and row.estimate <= axes.OFF]
    return axes.versus([end for row in inside for end in (row.estimate, row.low, row.high) if end is not None])


LIMITS = {
    "waiting": "waiting", "cpu": "CPU", "gil": "GIL", "blocked": "blocked", "peer": "peer", "in-flight": "in flight",
}  # fmt: skip


def limit(row: Row) -> str:
    """What limits a row, in a word and its number; the sentences say what each means."""
    of_peer = each_generator(row) if row.generators else row.peer_cpu_share or row.generator_cpu_share
    numbers = {"waiting": row.waiting_share, "peer": of_peer, "cpu": row.cpu_share, "gil": row.cpu_share}
    if row.limit in ("in-flight", "blocked"):
        return f"{LIMITS[row.limit]}, {row.in_flight_max:,} at most"
    if row.limit == "unknown":
        return f"not full, CPU {words.share(row.cpu_share)}"
    found = numbers[row.limit]
    return f"{LIMITS[row.limit]}, {words.share(found)}" if found else LIMITS[row.limit]


def _lowest(group: Group) -> Row | None:
    """The row with the lowest time that is not there to teach, if there are others to see beside it."""
    found = rows.good(group)
    return next((row for row in found if not row.teaches), None) if len(found) > 1 else None


def _standing(row: Row, group: Group, places: Places, best: Row | None, against: Row | None) -> Standing:
    if not rows.is_good(row):
        return Standing(row.name, places[row.name], row.status, note=row.reason or "", teaches=bool(row.teaches))
    said = Standing(
        row.name, places[row.name], word(row, group), rows.told(row, group), rows.took(row, group),
        note=limit(row) if row.limit else "", teaches=bool(row.teaches),
    )  # fmt: skip
    if against is None or len(rows.good(group)) < 2:
        return said
    of_blocks = () if row is against else _ratios(row, against)
    if (found := row.versus_best) and best is not None:
        said = said._replace(estimate=found.estimate, blocks=of_blocks)
        return said._replace(low=found.low, high=found.high) if has_interval(found) else said
    return said._replace(estimate=rows.took(row, group) / rows.took(against, group), blocks=of_blocks)


def _ratios(row: Row, against: Row) -> tuple[float, ...]:
    ours, theirs = rows.by_block(row), rows.by_block(against)
    return tuple(ours[block] / theirs[block] for block in sorted(ours.keys() & theirs.keys()))


def _control(null: NullArm, group: Group) -> Standing:
    noisy = "against itself: too noisy" if null.too_noisy else "against itself"
    first = next((rows.by_block(row) for row in group.rows if row.name == null.strategy), {})
    second = {one.block: one.seconds for one in null.each_block}
    ratios = tuple(second[block] / first[block] for block in sorted(first.keys() & second.keys()))
    return Standing(
        f"{null.strategy}, again", -1, "control", estimate=null.estimate, low=null.low, high=null.high, blocks=ratios,
        note=noisy,
    )  # fmt: skip
