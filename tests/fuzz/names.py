"""Names from anywhere, through every output: nothing in them moves a terminal, is markup, a formula or a command."""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import msgspec

from harness.document.comparison import compare
from harness.document.history import History
from harness.document.make import document
from harness.document.past import Past
from harness.gate.decide import judge
from harness.history.series import of_record, series
from harness.page import exported, runs
from harness.page.source import Source
from harness.record.plan import PlannedGroup
from harness.record.sample import Record
from harness.report import comparison as comparisons
from harness.report import export, history, review, screen, table
from harness.report import gate as gates
from harness.text import uncommanded
from tests import records

PARTS = (
    "\x1b[31m", "\x1b]0;x\x07", "\x9b", "\x7f", "\0", "\r", "\n", "\n::error::x", "##[error]x", "\u202e", "\u200b",
    "\ud800", "\udce9", "<script>alert(1)</script>", "</script>", "'\"><img src=x onerror=y>", "`", "```", "|", "@you",
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "\uff1d1", "](http://x)", "%0A", "..", "/", "CON", "a" * 300, "é",
    "并发", "&lt;", "[[x]]", "\u2028", "\ufeff", "x",
)  # fmt: skip
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u200b\u2066-\u2069\ufeff\ud800-\udfff]")
"""What no screen of ours holds: controls but for line breaks, and what turns letters round."""


def name(drawn: random.Random) -> str:
    """A name that nobody would choose."""
    return "".join(drawn.choices(PARTS, k=drawn.randint(1, 3)))


def named(drawn: random.Random, record: Record, name: Callable[[random.Random], str] = name) -> Record:
    """A record whose names, reasons and notes are such."""
    plan = record.header.plan
    names = [f"{name(drawn)}{place}" for place in range(len(plan.strategies))]
    strategies = [
        msgspec.structs.replace(one, name=called, variant=None, reason=one.reason and name(drawn))
        for one, called in zip(plan.strategies, names, strict=True)
    ]
    groups = [PlannedGroup(name(drawn), name(drawn), {name(drawn): name(drawn)}, 10, 10) for _ in plan.groups]
    reference = names[[one.name for one in plan.strategies].index(plan.reference)]
    made = msgspec.structs.replace(plan, strategies=strategies, groups=groups, reference=reference)
    about = msgspec.structs.replace(record.header, plan=made, name=name(drawn), host={"kernel": name(drawn)})
    samples = [
        msgspec.structs.replace(one, reason=one.reason and name(drawn), facts={"loop": name(drawn)})
        for one in record.samples
    ]
    return msgspec.structs.replace(record, header=about, samples=samples)


class Elements(HTMLParser):
    """The names of elements and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element."""
        self.found |= {tag, *(key for key, _ in attrs)}


def unmoved(text: str) -> None:
    """Raise AssertionError where a screen moves a terminal, or commands a job of GitHub's once it is printed."""
    assert not RAW.search(text), (RAW.search(text), text)
    assert not re.search(r"^\s*::|##\[", uncommanded(text), re.MULTILINE), text


def a_name(drawn: random.Random, _: Path) -> None:
    """Show a record in every way. Raises AssertionError where a name got through."""
    record = named(drawn, drawn.choice([records.client, records.every_status, records.alone])())
    run = document(record, pairs=True)
    gate = judge(record, "time", lambda workload, strategy: 0.05)
    both = compare(record, record, Past([], [], {}, []))
    found = History(unread=[name(drawn)], series=series([of_record(record)] * 3))
    cells = list(export.measured(record))
    screens = [
        screen.screen(run), table.tables(run, verbose=True), table.tables(run, "github"), gates.screen(gate),
        gates.tables(gate, "simple"), comparisons.screen(both), comparisons.tables(both, "simple"),
        comparisons.tables(both, "github"), history.tables(found, 80, verbose=True),
        history.tables(found, "plain", verbose=True),
        *(make(record, cells) for make in export.FORMATS.values()),
    ]  # fmt: skip
    marked = review.markdown(gate).replace("@\u200b", "@").replace("\t", " ")  # tabs of the command between fences
    for text in [*(text.replace("@\u200b", "@") for text in screens), marked]:
        unmoved(text)
    for line in review.at_lines(gate):
        assert re.fullmatch(r"::error [^\n\r]*", line), line
    for row in csv.reader(io.StringIO(export.FORMATS["csv"](record, cells))):
        assert not any(re.match(r"[=+@\t\r\uff1d]|-(?![\d.])", value) for value in row), row
    plain = records.client()
    page = Elements(runs.page([Source(run, None)])).found
    assert not page & {"script", "img", "onerror", "iframe", "object"}, page
    for one in exported.of_run(run if cells else document(plain), None):
        assert re.fullmatch(r"[\w.-]{1,99}", one.name, re.ASCII), one.name
        assert not Elements(exported.svg(one).decode()).found & {"script", "img", "onerror"}
