"""No line of a screen is wider than it, whatever rows are called and however they came out: of ten thousand runs by
`python -m tests.harness.report.test_width 10000`."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator

import msgspec
import pytest
from rich.cells import cell_len

from harness.document.make import document
from harness.document.run import Group, Run
from harness.report.screen import screen
from tests import records

LETTERS = [
    "a",
    "Z",
    "0",
    " ",
    "-",
    "@",
    "任",
    "务",
    "é",
    "e\u0301",
    "ש",
    "\x1b[31m",
    "\n",
    "\u200b",
    "😀",
    "<b>",
    "\ud800",
]
WIDTHS = (40, 80, 100, 120)
FEW, MANY = 40, 1_000


def documents(seed: int, many: int) -> Iterator[Run]:
    """Runs whose names, reasons, options and numbers are drawn: 0 to 200 letters, 9 orders of magnitude."""
    draw = random.Random(seed)
    known = [document(make()) for make in (records.client, records.every_status, records.server, records.alone)]
    for _ in range(many):
        run = draw.choice(known)
        groups = [drawn(group, draw) for group in run.groups * draw.choice((1, 1, 3))]
        yield msgspec.structs.replace(run, groups=groups, left_out=[name(draw)], run=name(draw))


def drawn(group: Group, draw: random.Random) -> Group:
    rows = [
        msgspec.structs.replace(
            row, name=name(draw), warnings=[name(draw)], reason=name(draw),
            versus_best=row.versus_best
            and msgspec.structs.replace(row.versus_best, estimate=10 ** draw.uniform(-3, 6), high=10.0**6),
        )
        for row in group.rows
    ]  # fmt: skip
    best = [row.name for row in rows if draw.random() < 0.7]
    options = {name(draw): name(draw)}
    return msgspec.structs.replace(group, rows=rows, best=best, workload=name(draw), options=options, shown=None)


def name(draw: random.Random) -> str:
    return "".join(draw.choices(LETTERS, k=draw.choice((1, 5, 20, 200))))


def check(seed: int, many: int) -> None:
    for number, run in enumerate(documents(seed, many)):
        width = WIDTHS[number % len(WIDTHS)]
        for line in screen(run, width, plain=number % 2 == 0).split("\n"):
            assert cell_len(line) <= width, (number, line)
            assert line.isprintable(), (number, line)


def test_no_line_is_wider_than_the_screen() -> None:
    check(1, FEW)


@pytest.mark.slow
def test_no_line_of_a_thousand_runs_is_wider_than_the_screen() -> None:
    check(2, MANY)


if __name__ == "__main__":
    check(3, int(sys.argv[1]))
