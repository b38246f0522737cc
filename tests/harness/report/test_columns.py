"""Columns: a heading, and how to fill it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from harness.document.make import document
from harness.record.sample import Record
from harness.report.columns import Column, of_metric, table
from harness.report.rows import Placed, columns
from harness.statistics.metric import Metric, Unit
from harness.statistics.metrics import BUILT_IN
from tests import records


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("s", 0.0012, "1.2 ms"),
        ("bytes", 2048, "2 KiB"),
        ("count", 12345, "12,345"),
        ("count", 1.5, "1.5"),
        ("share", 0.5, "50%"),
        ("per second", 1234.5, "1,234"),
    ],
)
def test_a_metrics_column_is_in_its_unit(unit: Unit, value: float, text: str) -> None:
    metric = Metric("theirs", unit, "about", field="some.where", over="median", heading="Theirs")
    column: Column[Any] = of_metric(metric, lambda item: item)
    assert column.heading == "Theirs"
    assert column.fill(SimpleNamespace(some=SimpleNamespace(where=value))) == text


def test_a_table_has_a_line_for_each_item() -> None:
    shown = [Column[int]("number", str), Column[int]("twice", lambda one: str(2 * one))]
    assert table(shown, [1, 20], "plain") == "number    twice\n1         2\n20        40"
    assert table(shown, [1, 20], "plain", right=True) == "number      twice\n1               2\n20             40"


@pytest.mark.parametrize(
    "record",
    [records.client(), records.server(), records.server(rate=10.0), records.server(slo=0.01), records.counted()],
)
def test_every_column_can_be_filled_for_every_kind_of_row(record: Record) -> None:
    for group in document(record).groups:
        shown = columns(group)
        assert len({column.heading for column in shown}) == len(shown)
        for row in group.rows:
            assert all(column.fill(Placed(row, group)) for column in shown)


def test_every_heading_of_a_metric_is_that_of_a_column() -> None:
    kinds = [records.client(), records.server(), records.server(slo=0.01)]
    shown = {column.heading for record in kinds for group in document(record).groups for column in columns(group)}
    declared = {metric.heading for metric in BUILT_IN if metric.heading} - {"instructions"}
    assert declared - {"max", "p90"} <= shown
