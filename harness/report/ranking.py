"""The rows of a group as a ranking with bars: fixed cells, as many as a width has room for. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from harness.document.run import Group, Row
from harness.report.sentences import good, has_interval, leader, order, pace, word
from harness.report.words import count, factor, seconds, size

EIGHTHS = " ▏▎▍▌▋▊▉█"
OFF_SCALE = 3.0
CUT = " //"
INDENT, GAP = "  ", "  "
FEWEST, MOST = 8, 30
"""Cells of a bar; fewer are no picture."""
NAME, SHORT_NAME = 32, 14
STYLES = {
    "fastest": "bold green", "level": "bold green", "slower": "red", "not told apart": "dim", "faster": "cyan",
    "blocked": "magenta", "": "",
}  # fmt: skip
BAD = "magenta"


class Cell(NamedTuple):
    """A cell of each row besides its name and its bar: a heading, how to fill it, its width; to the right of all but
    the word. `from_width`: the least screen that has it."""

    heading: str
    fill: Callable[[Row, Group], str]
    width: int
    from_width: int = 0


def _times(row: Row, group: Group) -> str:
    if row is leader(group):
        return "1.00x"
    return f"{factor(row.versus_best.estimate)}x" if row.versus_best else ""


def _interval(row: Row, group: Group) -> str:
    ratio = row.versus_best
    if not ratio or row is leader(group) or not has_interval(ratio):
        return ""
    return f"{factor(ratio.low)} - {factor(ratio.high)}"


def _capacity(row: Row, group: Group) -> str:
    return f"{row.capacity_per_second.estimate:,.0f}" if row.capacity_per_second else "-"


COMPARED = [Cell("x", _times, 6), Cell("", _interval, 11)]
SHARE = Cell("core", lambda row, group: f"{row.cpu_share:.0%}", 4, 100)
CLIENTS = [
    Cell("", lambda row, group: seconds(row.wall_seconds.median), 8),
    *COMPARED,
    SHARE,
    Cell("memory", lambda row, group: size(row.peak_memory_bytes), 8, 100),
    Cell("p99", lambda row, group: seconds(row.latency_seconds.p99), 8, 120),
    Cell("tasks/s", lambda row, group: count(row.tasks_per_second), 9, 120),
]
ANSWERS = Cell("answers/s", lambda row, group: f"{row.answers_per_second:,.0f}", 9)
CAPACITY = Cell("capacity/s", _capacity, 10)
SERVERS = [
    Cell("p99", lambda row, group: seconds(row.latency_seconds.p99), 7),
    SHARE._replace(from_width=0),
    *COMPARED,
    Cell("p50", lambda row, group: seconds(row.latency_seconds.p50), 8, 100),
    Cell("memory", lambda row, group: size(row.peak_memory_bytes), 8, 100),
    Cell("p99.9", lambda row, group: seconds(row.latency_seconds.p999), 8, 120),
    Cell("threads", lambda row, group: f"{row.threads_max:,}", 7, 120),
]


def cells(group: Group, width: int) -> list[Cell]:
    """The cells that a screen has, the first of them before the bar."""
    first = CAPACITY if group.slo_seconds else ANSWERS
    return [cell for cell in ([first, *SERVERS] if group.serves else CLIENTS) if width >= cell.from_width]


def lines(group: Group, width: int, plain: bool = True) -> Iterator[Text]:
    """A line for each row, the fastest first; those that teach come last, under a line of their own."""
    shown = cells(group, width)
    rows = order(group)
    names = min(NAME, max(SHORT_NAME, *(cell_len(row.name) for row in rows)))
    words = max(len(word(row, group)) for row in rows)
    room = width - len(INDENT) - sum(len(GAP) + cell.width for cell in shown) - words - len(GAP)
    names = max(SHORT_NAME, min(names, room - FEWEST - len(GAP)))
    bar = min(MOST, room - names - len(GAP))
    bar = bar if bar >= FEWEST else -len(GAP)
    if group.serves or any(cell.from_width for cell in shown):
        yield _headings(shown, names, bar)
    taught = [row for row in rows if row.teaches]
    for row in (row for row in rows if not row.teaches):
        yield _line(row, group, shown, names, bar, plain)
    if taught:
        yield Text(f"{INDENT}to teach, not to choose (one by one, or in fixed turns):", "dim")
    for row in taught:
        yield _line(row, group, shown, names, bar, plain)


def _headings(shown: Sequence[Cell], names: int, bar: int) -> Text:
    first, *others = (cell.heading.rjust(cell.width) for cell in shown)
    room = " " * (bar + len(GAP))
    return Text((INDENT + " " * names + GAP + first + room + "".join(GAP + one for one in others)).rstrip(), "dim")


def _line(row: Row, group: Group, shown: Sequence[Cell], names: int, bar: int, plain: bool) -> Text:
    said = word(row, group)
    style = STYLES.get(said, BAD)
    line = Text(INDENT + fitted(row.name, names) + GAP)
    if row.status != "ok":
        return line.append(said, style)
    first, *others = (cell.fill(row, group).rjust(cell.width) for cell in shown)
    line.append(first)
    if bar > 0:
        line.append(GAP)
        line.append(_bar(row, group, bar, plain), style.replace("bold ", ""))
    line.append("".join(GAP + text for text in others) + GAP)
    line.append(said, style)
    return line


def _bar(row: Row, group: Group, width: int, plain: bool) -> str:
    """As long as the row's time to that of the slowest which takes at most three times the fastest's; beyond, it is
    cut. Of servers: as its answers to those of the quickest."""
    paces = [pace(one, group) for one in good(group)]
    if group.serves:
        return filled(min(paces) / pace(row, group), width, plain)
    scale = max(one for one in paces if one <= OFF_SCALE * min(paces))
    if pace(row, group) > scale:
        return filled(1.0, width - len(CUT), plain).rstrip() + CUT
    return filled(pace(row, group) / scale, width, plain)


def filled(share: float, width: int, plain: bool = False) -> str:
    """A bar over a share of some cells, in eighths of a cell; of whole ones where it is plain."""
    if plain:
        return ("#" * max(1, round(share * width))).ljust(width)
    eighths = max(1, round(share * width * 8))
    return ("█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()).ljust(width)


def fitted(text: str, cells: int) -> str:
    """A text in so many cells: padded, or cut with an ellipsis."""
    return set_cell_size(text, cells) if cell_len(text) <= cells else set_cell_size(text, cells - 1) + "…"
