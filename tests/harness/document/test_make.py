"""From a record to the document and the tables: pure functions, so exact."""

from __future__ import annotations

import json

import msgspec
import pytest

from harness.document.make import document
from harness.document.run import Seconds, Switches
from harness.record.sample import End, Leftover, Record, Sample
from harness.report.screen import screen
from harness.report.table import tables
from harness.report.words import seconds, size
from harness.statistics.paired import spread
from tests.builders import flat, header, sample


def record(*extra: Sample, end: bool = True) -> Record:
    samples = [sample(0, 0, 5.0), sample(1, 0, 0.5), sample(0, 1, 5.2), sample(1, 1, 0.51), *extra]
    return Record(header(), samples, End("complete", 2, {"ours": 1.0, "all": 12.0}) if end else None)


def test_a_row_holds_every_metric_of_the_design() -> None:
    row = document(record()).groups[0].rows[1]
    assert (row.strategy, row.status, row.samples) == ("gevent", "ok", 2)
    assert row.wall_seconds == Seconds(pytest.approx(0.505), 0.5, 0.51)
    assert row.cpu_seconds.median == pytest.approx(0.012)
    assert row.tasks_per_second == pytest.approx(10 / 0.505)
    assert row.overhead_seconds_per_task == pytest.approx(0.0005)
    assert row.memory_per_task_bytes == 4096
    assert row.switches == Switches(3, 1)
    assert row.ratio.low == pytest.approx(0.51 / 5.2)
    assert row.ratio.high == pytest.approx(0.1)
    assert row.ratio.verdict == "undecided"
    assert row.ratio.reason == "2 of the 6 blocks that a verdict needs"
    assert row.overhead.low == pytest.approx(0.0)
    assert json.dumps(msgspec.to_builtins(row), allow_nan=False)


def test_a_failed_sample_leaves_its_row_without_numbers_and_the_others_alone() -> None:
    rows = document(record(Sample(0, 1, 2, "invalid", "3 of 10 updates were lost"))).groups[0].rows
    assert rows[1].status == "invalid"
    assert "wall_seconds" not in msgspec.to_builtins(rows[1])
    assert rows[0].status == "ok"
    assert "gevent: invalid: 3 of 10 updates were lost" in tables(
        document(record(Sample(0, 1, 2, "invalid", "3 of 10 updates were lost")))
    )


def test_a_row_names_what_outlived_its_workers_whatever_became_of_it() -> None:
    left = [Leftover("nginx", 7, [80])]
    good = msgspec.structs.replace(sample(0, 2, 5.1), left_behind=left)
    said = document(record(good, Sample(0, 1, 2, "timeout", "no answer", left_behind=left)))
    text = "1 process was ended that its tasks had left behind: nginx (block 3, pid 7, port 80)"
    assert [text in row.warnings for row in said.groups[0].rows] == [True, True]
    assert f"sequential, gevent: {text}" in tables(said)
    assert f"and gevent: {text}" in flat(screen(said, 80))


@pytest.mark.parametrize(
    ("took", "in_flight", "is_told"),
    [
        (0.6, 10, False),
        (0.6, 1, True),  # no two at once
        (1.4, 10, False),
        (2.0, 10, True),  # they overlapped, and it lost widely to the floor of 0.5 s
    ],
)
def test_a_row_that_was_held_up_names_the_command_that_says_by_what(took: float, in_flight: int, is_told: bool) -> None:
    one = sample(1, 0, took)
    watched = msgspec.structs.replace(one.observed, in_flight_max=in_flight)
    said = document(Record(header(), [sample(0, 0, 5.0), msgspec.structs.replace(one, observed=watched)], None))
    command = "python -m harness explain -s gevent -W sleep -P seconds=0.5 --tasks 10 --concurrency 10"
    assert [row.explain or None for row in said.groups[0].rows] == [None, command if is_told else None]
    text = f"what holds it up: {command}"
    assert (f"gevent: {text}" in tables(said), text in flat(screen(said, 200))) == (is_told, is_told)


def test_a_limit_of_memory_is_in_the_document() -> None:
    made = record()
    plan = msgspec.structs.replace(made.header.plan, memory_limit=1 << 30)
    limited = msgspec.structs.replace(made, header=msgspec.structs.replace(made.header, plan=plan))
    assert [document(one).memory_limit_bytes for one in (made, limited)] == [None, 1 << 30]


def test_a_traceback_is_in_the_document_and_printed_only_where_more_is_wanted() -> None:
    lost = Sample(0, 1, 2, "failed", "ValueError: no", traceback="Traceback\n  File x\nValueError: no")
    said = document(record(lost))
    assert said.groups[0].rows[1].traceback == lost.traceback
    assert "Traceback" not in tables(said)
    assert "gevent: failed: ValueError: no\n    Traceback\n      File x\n    ValueError: no" in tables(
        said, verbose=True
    )


def test_a_strategy_and_a_workload_that_could_not_be_imported_keep_their_tracebacks() -> None:
    for kind, place in (("strategies", 1), ("groups", 0)):
        one = record()
        planned = list(getattr(one.header.plan, kind))
        planned[place] = msgspec.structs.replace(planned[place], status="failed", reason="no", traceback="T")
        plan = msgspec.structs.replace(one.header.plan, **{kind: planned})
        one = msgspec.structs.replace(one, header=msgspec.structs.replace(one.header, plan=plan))
        assert document(one).groups[0].rows[1].traceback == "T"


def test_a_record_without_an_end_is_partial() -> None:
    assert document(record(end=False)).status == "partial"
    assert document(msgspec.structs.replace(record(), damaged=1)).status == "partial"


def test_a_row_without_a_sample_says_so() -> None:
    cut = msgspec.structs.replace(record(), samples=[sample(0, 0, 5.0)])
    assert document(cut).groups[0].rows[1].reason == "the run ended before it had a sample"


@pytest.mark.parametrize("tablefmt", ["simple", "github", "html"])
def test_a_table_names_each_strategy_and_the_sizes(tablefmt: str) -> None:
    text = tables(document(record()), tablefmt, verbose=True)
    assert "sleep seconds=0.5: 10 tasks, at most 10 in flight, floor 500 ms, reference sequential" in text
    assert "505 ms" in text
    assert "ours 1.0 s (8%)" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [(5.0, "5 s"), (0.0051, "5.1 ms"), (12e-6, "12 us"), (3e-8, "30 ns"), (1234.0, "1234 s"), (0, "0 ns")],
)
def test_seconds_have_a_unit(value: float, text: str) -> None:
    assert seconds(value) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0 B"), (2048, "2 KiB"), (3 << 30, "3 GiB"), (1020 << 10, "1020 KiB")])
def test_sizes_have_a_unit(value: float, text: str) -> None:
    assert size(value) == text


def test_a_spread_is_median_lowest_and_highest() -> None:
    assert spread([3.0, 1.0, 2.0]) == {"median": 2.0, "low": 1.0, "high": 3.0}
