"""A trace as lanes, as a text, as a Chrome trace and as SVG: pure functions of documents that nobody measured."""

from __future__ import annotations

import json
import re
from collections import Counter
from xml.etree import ElementTree

import pytest

from harness.page.timeline import svg
from harness.report.timeline import chrome
from harness.report.timeline.lanes import Span, cells, chosen, kept, lanes
from harness.report.timeline.text import MOST_LANES, MOST_TURNS, screen
from harness.report.timeline.turns import excerpt, turns
from harness.tracing.document import Trace
from harness.worker.layout import CUT, FINISHED, NOTE, RUNNING, STARTED, WAITING
from tests.traces import made, record

HOSTILE = "\x1b[31m<script>alert(1)</script>&\x07\u202e"


def meals() -> Trace:
    """One task waits, the other runs."""
    return made(
        record(0, STARTED, 0), record(0.01, NOTE, 0, "eat 1"), record(0.02, WAITING, 0, "sleep", "meals.py:9 in meal"),
        record(0.02, STARTED, 1), record(0.03, NOTE, 1, "play 1"), record(0.04, WAITING, 1, "sleep"),
        record(1.0, RUNNING, 1), record(1.01, NOTE, 1, "play 2"), record(1.02, FINISHED, 1),
        record(2.0, RUNNING, 0), record(2.01, NOTE, 0, "eat 2"), record(2.02, FINISHED, 0),
    )  # fmt: skip


def many(tasks: int) -> Trace:
    records = [record(task / tasks, kind, task) for task in range(tasks) for kind in (STARTED, WAITING)]
    return made(*records, *(record(2 + task / tasks, FINISHED, task) for task in range(tasks)), tasks=tasks)


def test_lanes_have_a_span_from_each_event_to_the_next() -> None:
    first, second = lanes(meals(), [0, 1])
    assert first.spans == [
        Span(0.0, 0.02, "runs", strand=1),
        Span(0.02, 2.0, "waits", "sleep", "meals.py:9 in meal"),
        Span(2.0, 2.02, "runs", strand=1),
    ]
    assert first.notes == [(0.01, "eat 1"), (2.01, "eat 2")]
    assert second.spans[-1].end == 1.02


def test_what_was_cut_is_not_known_until_the_end() -> None:
    trace = made(record(0, STARTED, 0), record(1, WAITING, 0, "x"), record(2, CUT, 0), record(5, FINISHED, 0))
    assert [(span.begin, span.end, span.state) for span in lanes(trace, [0])[0].spans] == [
        (0.0, 1.0, "runs"), (1.0, 2.0, "waits"), (2.0, 5.0, "unknown"),
    ]  # fmt: skip


def test_a_cell_shows_what_filled_it_and_that_a_task_ran_at_all() -> None:
    trace = made(
        record(0, STARTED, 0), record(2, WAITING, 0, "x"), record(4.1, RUNNING, 0), record(4.2, WAITING, 0, "x"),
        record(6, RUNNING, 0), record(6.1, WAITING, 0, "y", held=True), record(8, RUNNING, 0), record(8, FINISHED, 0),
        record(10, STARTED, 1),
    )  # fmt: skip
    (lane,) = lanes(trace, [0])
    assert cells(lane, trace.seconds, 5) == ["runs", "waits", "partly", "holds", "runs"]


def test_a_picture_has_the_first_and_the_last_of_many() -> None:
    assert chosen(range(5), 10) == [0, 1, 2, 3, 4]
    found = chosen(range(10_000), 20)
    assert (len(found), found[0], found[-1]) == (20, 0, 9999)


def test_a_turn_is_what_a_task_did_until_anothers() -> None:
    assert [(one.task, "; ".join(one.words)) for one in turns(meals())] == [
        (0, "starts; eat 1; waits for sleep (meals.py:9 in meal)"),
        (1, "starts; play 1; waits for sleep 960 ms; play 2; ends"),
        (0, "runs on; eat 2; ends"),
    ]
    assert list(excerpt(turns(many(100)), 6))[4] == 94 + 100


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_screen_is_no_wider_than_asked_and_in_ascii_where_it_is_plain(width: int) -> None:
    for trace in (meals(), many(3000)):
        text = screen(trace, width)
        assert max(map(len, text.splitlines())) <= width
        assert text.isascii()
        assert not screen(trace, width, plain=False).isascii()


def test_the_screen_of_thousands_counts_all_and_says_what_it_does_not_show() -> None:
    text = screen(many(3000))
    assert len(text.splitlines()) < MOST_LANES + MOST_TURNS + 20
    assert "3,000 started, 3,000 ended, 3,000 waits" in text
    assert "20 of 3,000 tasks are shown, evenly spread" in text
    assert "5,970 turns are left out here" in text


def test_a_trace_of_nothing_says_why() -> None:
    assert screen(made(status="unavailable", reason="needs trio")).splitlines()[-1] == "unavailable: needs trio"
    assert "what runs in other processes is not seen" in screen(made())
    assert kept(made()) == []
    assert json.loads(chrome.text(made()))["otherData"]["status"] == "ok"
    ElementTree.fromstring(svg(made()))


def test_a_chrome_trace_has_a_lane_for_each_task_and_what_it_ran_on() -> None:
    entries = chrome.entries(meals())
    slices = Counter((one["pid"], one["tid"], one["name"]) for one in entries if one["ph"] == "X")
    assert slices == {
        (chrome.TASKS, 1, "runs"): 2, (chrome.TASKS, 1, "waits for sleep"): 1, (chrome.TASKS, 2, "runs"): 2,
        (chrome.TASKS, 2, "waits for sleep"): 1, (chrome.STRANDS, 1, "task 0"): 2, (chrome.STRANDS, 1, "task 1"): 2,
    }  # fmt: skip
    assert [one["name"] for one in entries if one["ph"] == "i"] == ["eat 1", "eat 2", "play 1", "play 2"]
    assert all(one["dur"] >= 0 for one in entries if one["ph"] == "X")


def test_names_are_escaped_in_all_of_them() -> None:
    trace = made(record(0, STARTED, 0), record(0.5, NOTE, 0, HOSTILE), record(1, FINISHED, 0, HOSTILE))
    for text in (screen(trace), svg(trace), chrome.text(trace)):
        assert "\x1b" not in text
        assert "\x07" not in text
    drawn = ElementTree.fromstring(svg(trace))
    assert not re.search("<script", svg(trace))
    assert any(r"\x1b[31m<sc" in (one.text or "") for one in drawn.iter())


def test_an_svg_draws_each_lane_and_no_more_than_it_has_room_for() -> None:
    drawn = ElementTree.fromstring(svg(meals()))
    texts = [one.text for one in drawn.iter() if one.tag.endswith("text")]
    assert {"task 0", "task 1", "eat 1", "play 1", "play 2", "eat 2"} <= set(texts)
    assert len(svg(many(5000))) < 200_000
