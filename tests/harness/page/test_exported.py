"""Charts as files of their own."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from harness.document.make import document
from harness.errors import HarnessError
from harness.history.series import of_record, series
from harness.page import alone, exported, vega
from harness.page.charts.history import steps
from harness.record.sample import Record
from tests import pages, records

RECORDS = {
    "client": records.client(), "server": records.server(), "status": records.every_status(),
    "hostile": pages.named(pages.HOSTILE), "alone": pages.alone(), "wide": pages.many(10, 2, 5),
}  # fmt: skip


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_every_svg_is_xml_without_variables_or_what_is_outside(record: Record) -> None:
    for one in exported.of_run(document(record)):
        drawn = exported.svg(one).decode()
        ElementTree.fromstring(drawn)
        assert "var(" not in drawn
        assert "href" not in drawn.replace("&lt;a id=record class=record download=x.jsonl.gz href", "")


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_every_specification_is_taken_by_vega_lite(record: Record) -> None:
    converter = pytest.importorskip("vl_convert")
    for one in exported.of_run(document(record)):
        said = json.loads(exported.vega_lite(one))
        assert converter.vegalite_to_vega(said)["marks"]


def test_a_history_is_a_chart_too() -> None:
    for one in series([of_record(record) for record in records.commits(12, shift_at=6)]):
        chart = steps(one)
        ElementTree.fromstring(alone.svg(chart, "history", ""))
        assert vega.specification(chart, "history", "")["layer"]


def test_a_vega_ranking_has_the_numbers_of_the_document() -> None:
    run = document(records.client())
    (ranking,) = exported.of_run(run, "ranking")
    rows = {row["name"]: row for row in json.loads(exported.vega_lite(ranking))["data"]["values"]}
    for row in run.groups[0].rows:
        assert row.versus_best
        assert rows[row.name]["estimate"] == row.versus_best.estimate


def test_pixels_are_a_png() -> None:
    pytest.importorskip("vl_convert")
    (ranking,) = exported.of_run(document(records.client()), "ranking")
    assert exported.png(ranking).startswith(b"\x89PNG")


def test_names_of_charts_differ_where_workloads_look_alike_as_files() -> None:
    names = [one.name for one in exported.of_run(document(pages.many(2, 3, 4)))]
    assert len(names) == len(set(names)) == 15


def test_an_unknown_chart_is_told_with_those_that_there_are() -> None:
    with pytest.raises(HarnessError, match=r"--chart pie: r1 has ranking, .* sleep-ranking"):
        exported.of_run(document(records.client()), "pie")
