"""Every page: nothing runs or is loaded, the same bytes each time, and it says what the document says."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
import shutil
import subprocess
from functools import cache
from html.parser import HTMLParser

import click
import msgspec
import pytest

from harness.cli import commands
from harness.document.make import document
from harness.page import frame, runs, words
from harness.page.charts import sweep as charts
from harness.page.source import DETAILS
from harness.record.sample import Record
from harness.report.sweep_chart import number
from harness.sweeps import answer
from tests import pages, records


@cache
def text(name: str) -> str:
    return (pages.PAGES | pages.LARGE)[name]()


class Read(HTMLParser):
    """The elements, attributes and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("name", pages.PAGES)
def test_nothing_on_a_page_can_run_or_is_loaded(name: str) -> None:
    for tag, attributes in Read(text(name)).tags:
        assert tag not in ("script", "img", "iframe", "object", "embed", "form", "base")
        assert not [one for one in attributes if one.startswith("on") or one in ("style", "src", "srcset")]
        for at in ("href", "xlink:href"):
            assert (attributes.get(at) or "#").startswith(("#", "data:"))


@pytest.mark.parametrize("name", pages.PAGES)
def test_the_policy_lets_this_style_apply_and_nothing_else(name: str) -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", text(name), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    found = [attributes.get("content") for tag, attributes in Read(text(name)).tags if tag == "meta"]
    assert policy in found
    assert not re.search(r"@import|url\(", style)


@pytest.mark.parametrize("name", pages.PAGES)
def test_the_same_input_makes_the_same_bytes(name: str) -> None:
    assert pages.PAGES[name]() == text(name)


@pytest.mark.parametrize("name", pages.PAGES)
def test_every_element_is_closed_and_every_id_is_there_once(name: str) -> None:
    read = Read(text(name))
    ids = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    anchors = [attributes["href"] or "" for tag, attributes in read.tags if tag == "a"]
    assert {one[1:] for one in anchors if one.startswith("#")} <= set(ids)
    for tag in ("table", "tr", "td", "th", "svg", "g", "section", "figure", "details", "ul", "li", "p"):
        assert len(re.findall(f"<{tag}[ >]", text(name))) == text(name).count(f"</{tag}>"), tag


def test_names_with_markup_are_texts() -> None:
    said = "".join(Read(text("hostile")).texts)
    for name in pages.HOSTILE:
        assert name.translate({0: "\ufffd", 0x1B: "\ufffd", 0x7F: "\ufffd"}) in said


def test_thirty_rows_of_twenty_blocks_are_whole_and_under_half_a_megabyte() -> None:
    page = text("wide")
    assert len(page.encode()) <= frame.LARGEST
    assert "left out" not in page
    assert page.count("class=tip") > 600


def test_a_page_that_is_too_large_leaves_out_hover_then_tables_then_records_and_says_so() -> None:
    source = pages.source(records.client())
    found = []
    for detail in DETAILS:
        page = runs.whole([source], detail)
        found.append(("class=tip" in page, "<caption>Time in each block" in page, "id=record" in page))
        assert ("To keep this page small" in page) is (detail is not DETAILS[0])
    assert found == [(True, True, True), (False, True, True), (False, False, True), (False, False, False)]


@pytest.mark.slow
def test_a_thousand_rows_have_each_interval_and_say_what_was_left_out() -> None:
    page = text("thousand")
    assert "the values on hover, the tables behind blocks and time and the record were left out" in page
    assert len(re.findall('<tr class="m s', page)) >= 1000


@pytest.mark.parametrize("record", [records.client(), records.server(), records.variants(), records.every_status()])
def test_numbers_of_a_page_are_those_of_the_document(record: Record) -> None:
    page = pages.of(record)
    for group in document(record).groups:
        for row in group.rows:
            if row.status != "ok":
                assert row.reason is not None
                assert row.reason in page
                continue
            took = words.count(row.answers_per_second) if group.serves else words.seconds(row.wall_seconds.median)
            assert f">{took}</td>" in page
            assert words.size(row.peak_memory_bytes) in page
            if row.versus_best and row.versus_best.blocks:
                assert f">{words.times(row.versus_best.estimate)}</td>" in page
            for block in row.each_block:
                assert words.seconds(block.seconds) in page


NOTHING = json.dumps({"groups": [{"rows": []}] * 20, "marks": []})


@pytest.mark.parametrize("name", [name for name in pages.PAGES if name != "hostile"])
def test_every_command_of_a_page_can_be_typed(name: str) -> None:
    found = re.findall(r"<code[^>]*>(.*?)</code>", text(name))
    assert found
    for said in found:
        line = said.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
        ours, _, jq = line.partition(" | ")
        program, command, *arguments = shlex.split(ours.removeprefix("python -m "))
        assert program == "harness"
        parsed = commands.get_command(click.Context(commands, resilient_parsing=True), command)
        assert parsed is not None
        parsed.make_context(command, arguments, resilient_parsing=False, parent=click.Context(commands))
        if jq and shutil.which("jq"):
            subprocess.run(shlex.split(jq), input=NOTHING, text=True, capture_output=True, check=True)


def test_a_sweep_has_a_line_for_each_strategy_with_what_crosses_at_its_place() -> None:
    said = answer.of(pages.crossing())
    (one,) = said.crossovers
    page = text("sweep")
    assert page.count('class="sure m') == 3
    assert f"low, then high: {number(one.at)}" in page
    assert f"low up to tasks {one.low:,.0f} - {one.high:,.0f}, then high" in " ".join(Read(page).texts)
    chart = charts.lines(said, {})
    assert chart
    assert [(line.name, line.best) for line in chart.lines] == [("low", True), ("high", True), ("far", False)]
    assert chart.across.at(1) < chart.across.at(chart.marks[0].low) < chart.across.at(1000)


def test_a_sweep_whose_line_bends_says_where() -> None:
    assert re.search(r"knee of pool: (39|4\d)", text("sweep-knee"))


def test_a_sweep_over_two_axes_is_a_table_of_winners() -> None:
    found = charts.winners(answer.of(pages.over_two_axes()))
    assert (found.across, found.up, len(found.columns), len(found.rows)) == ("tasks", "seconds", 2, 2)
    (lowest, cells) = found.rows[-1]
    assert (lowest, cells[0], found.rows[0][1][-1]) == (0.001, (("low",), "fastest"), (("high",), "fastest"))
    assert text("sweep-map").count("class=won") == sum(
        cell is not None and cell.how == "fastest" for _, row in found.rows for cell in row
    )


def test_a_row_that_is_level_lies_within_the_band_by_the_interval_that_is_drawn() -> None:
    page = runs.made([pages.source(records.client(0.5))])[0][0].ranking
    assert [row.word for row in page.rows] == ["fastest", "slower"]
    assert page.rows[0].estimate == 1.0
    assert all(row.low > 1 + page.margin for row in page.rows[1:] if row.low is not None)


@pytest.mark.skipif(not shutil.which("jq"), reason="needs jq")
def test_the_command_behind_a_table_prints_the_numbers_of_the_table() -> None:
    said = json.dumps(msgspec.to_builtins(document(records.client())))
    commands_of = [shlex.split(line.partition(" | ")[2]) for line in re.findall(r"<code>(.*?)</code>", text("client"))]
    printed = [
        subprocess.run(one, input=said, text=True, capture_output=True, check=True).stdout for one in commands_of if one
    ]
    assert len(printed) == 4
    each_block = next(json.loads(lines.splitlines()[1]) for lines in printed if "seconds" in lines and "block" in lines)
    for block in each_block[1]:
        assert words.seconds(block["seconds"]) in text("client")
