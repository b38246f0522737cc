"""A metric is declared once, by us or by another package, and gates, the JSON, columns and docs follow."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from harness.document.make import document
from harness.document.run import Row
from harness.errors import HarnessError
from harness.gate.decide import judge, said
from harness.record import store
from harness.report.table import tables
from harness.statistics import metrics
from tests import metrics_table, records, schema
from tests.builders import Finished

SWITCHES = """
from harness.statistics.metric import Metric

switches = Metric("switches", "count", "of a task", lambda round, group: round.voluntary / group.tasks, limit=0.1)
rate = Metric("rate", "per second", "tasks a second", lambda round, group: group.tasks / round.wall_seconds,
              better="higher", limit=0.02)
"""
POINTS = "switches = their_metrics:switches\nrate = their_metrics:rate\n"
Package = Callable[..., Path]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """Another package is installed, of one file."""

    def install(source: str = SWITCHES, points: str = POINTS) -> Path:
        folder = tmp_path / "site"
        (folder / "theirs-1.dist-info").mkdir(parents=True)
        (folder / "their_metrics.py").write_text(source)
        (folder / "theirs-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1\n")
        (folder / "theirs-1.dist-info" / "entry_points.txt").write_text(f"[harness.metrics]\n{points}")
        monkeypatch.syspath_prepend(folder)
        metrics.known.cache_clear()
        return folder

    yield install
    sys.modules.pop("their_metrics", None)
    metrics.known.cache_clear()


def test_another_packages_metric_is_in_the_json_the_table_and_the_gate(package: Package) -> None:
    package()
    said = document(records.client())
    gevent = said.groups[0].rows[1]
    number = {"median": 0.3, "low": 0.3, "high": 0.3, "unit": "count", "heading": ""}
    assert msgspec.to_builtins(gevent.metrics["switches"]) == number
    schema.hold(msgspec.to_builtins(said), "run")
    assert re.search(r"threads .* switches +rate\n", tables(said))
    assert re.search(r"gevent .* 0\.3 +20\n", tables(said))
    gate = judge(records.gated(1.1), "switches", lambda *_: metrics.offered()["switches"])
    assert (gate.cells[0].metric, gate.cells[0].limit, gate.cells[0].base) == ("switches", 0.1, 0.3)
    assert gate.cells[0].outcome == "pass"


@pytest.mark.parametrize(("took", "outcome"), [(1.1, "regression"), (0.9, "pass")])
def test_where_more_is_better_less_is_a_regression(package: Package, took: float, outcome: str) -> None:
    package()
    record = records.gated(took)
    (cell, _) = judge(record, "rate", lambda *_: 0.02).cells
    assert cell.outcome == outcome
    assert cell.comparison is not None
    assert cell.comparison.estimate == pytest.approx(took, rel=0.01)
    assert said("rate", lambda *_: 0.02)(record.header.plan, record.samples, 8)


def test_a_stored_run_has_it_as_well(package: Package, harness: Callable[..., Finished], tmp_path: Path) -> None:
    record = records.client()
    writer = store.Writer(tmp_path / "results", record.header)
    for sample in record.samples:
        writer.append(sample)
    writer.close()
    done = harness("show", PYTHONPATH=str(package()))
    assert done.returncode == 0, done.stderr
    assert "switches" in done.stdout


@pytest.mark.parametrize(
    ("source", "points", "text"),
    [
        ("import nosuch", POINTS, "metric switches: their_metrics:switches could not be imported: No module"),
        ("import sys; sys.exit(1)", POINTS, "metric switches: their_metrics:switches could not be imported: 1"),
        ("switches = 3", POINTS, "is no harness.statistics.metric.Metric of that name"),
        (SWITCHES, "others = their_metrics:switches\n", "metric others: .* of that name"),
        (SWITCHES, "time = their_metrics:rate\n", "metric time is defined twice"),
    ],
)
def test_a_metric_that_is_none_is_one_line(package: Package, source: str, points: str, text: str) -> None:
    package(source, points)
    with pytest.raises(HarnessError, match=text):
        document(records.client())


def test_an_unknown_metric_is_told_what_there_is() -> None:
    with pytest.raises(
        HarnessError, match="unknown metric 'luck': there are time, overhead, cpu, memory, instructions"
    ):
        metrics.find("luck")


@pytest.mark.parametrize("metric", [one for one in metrics.BUILT_IN if one.place], ids=lambda one: one.name)
def test_each_metric_is_where_it_says_in_the_json(metric: metrics.Metric) -> None:
    record = records.server() if metric.serves else records.counted()
    found: object = document(record).groups[0].rows[1]
    assert isinstance(found, Row)
    for name in (metric.shown or "").split("."):
        found = found[name] if isinstance(found, dict) else getattr(found, name)
    assert isinstance(found, int | float)


def test_the_page_shows_what_is_declared() -> None:
    page = metrics_table.PAGE.read_text()
    assert metrics_table.page(page) == page, "run python -m tests.metrics_table"
