"""The document of a traced round, made of records that nobody wrote."""

from __future__ import annotations

from harness.tracing.document import Wait
from harness.tracing.file import Seen
from harness.tracing.make import document
from harness.worker.layout import CUT, FINISHED, NOTE, RUNNING, STARTED, STRAND, SWITCH, WAITING
from tests.traces import ABOUT, made, record

TWO = (
    record(0.5, STRAND, -1, "MainThread"),
    record(1.0, STARTED, 0),
    record(1.1, WAITING, 0, "sleep", "jobs.py:3 in task"),
    record(1.2, STARTED, 1),
    record(1.3, WAITING, 1, "sleep", "jobs.py:3 in task"),
    record(2.1, RUNNING, 0),
    record(2.2, FINISHED, 0),
)


def test_time_counts_from_the_first_start() -> None:
    trace = made(*TWO)
    assert [one.at_seconds for one in trace.events] == [0.0, 0.1, 0.2, 0.3, 1.1, 1.2]
    assert trace.seconds == 1.2
    assert [(one.number, one.name) for one in trace.strands] == [(1, "MainThread")]


def test_a_wait_without_an_end_is_what_a_task_waited_for_until_the_round_was_ended() -> None:
    trace = made(*TWO, status="timeout", ended=111.0)
    assert trace.seconds == 10.0
    assert trace.unfinished == [Wait("sleep", "jobs.py:3 in task", False, 1, 1, 9.7)]
    assert trace.waits == [Wait("sleep", "jobs.py:3 in task", False, 2, 2, 10.7)]


def test_waits_are_of_one_thing_in_one_place_the_longest_first() -> None:
    trace = made(
        record(0, STARTED, 0), record(0.1, WAITING, 0, "sleep", "a"), record(0.2, RUNNING, 0),
        record(0.3, WAITING, 0, "sleep", "b", held=True), record(0.8, RUNNING, 0), record(0.9, FINISHED, 0),
    )  # fmt: skip
    assert [(one.place, one.holds, one.seconds) for one in trace.waits] == [("b", True, 0.5), ("a", False, 0.1)]
    assert trace.unfinished == []


def test_what_was_left_out_is_told_and_is_no_wait() -> None:
    records = (record(0, STARTED, 0), record(0.1, WAITING, 0, "sleep"), record(0.2, CUT, 0), record(9, FINISHED, 0))
    counts = (0, 20_000, 50, 50, 0, 20_000, 7, 0, 1, 0)
    trace = document(Seen([*records, record(0.1, SWITCH, 2)], counts), 20_000, **ABOUT)
    left = trace.left_out
    assert (left.events, left.switches, left.tasks) == (40_097, 6, 20_000 - 6667)
    assert [(one.task, one.at_seconds) for one in left.cut] == [(0, 0.2)]
    assert trace.waits == []


def test_a_note_of_no_task_and_a_round_of_which_nothing_was_seen() -> None:
    assert made(record(1, STARTED, 0), record(1, NOTE, -1, "beside")).events[-1].task is None
    nothing = made(status="unavailable", reason="needs trio")
    assert (nothing.events, nothing.seconds, nothing.waits) == ([], 0.0, [])
