"""What rows were sent, and whether it was the same."""

from __future__ import annotations

import msgspec
import pytest

from harness.document.make import document
from harness.document.run import Row
from harness.gate.decide import decide
from harness.record.plan import Variant
from harness.record.sample import Record, Reply, Sample
from harness.report.table import tables
from harness.statistics.replies import MOST_SIZES, alike, received, told
from tests.builders import header, samples
from tests.records import END

URL = "http://a.b/"


def page(status: int, size: int, count: int, url: str = URL, most: int | None = None) -> Reply:
    return Reply(url, status, size, size if most is None else most, count)


def sent(sample: Sample, *replies: Reply) -> Sample:
    """The same, with these replies in each of its rounds."""
    rounds = [msgspec.structs.replace(round, replies=list(replies)) for round in sample.rounds]
    watched = msgspec.structs.replace(sample.observed, replies=list(replies)) if sample.observed else None
    return msgspec.structs.replace(sample, rounds=rounds, observed=watched)


def rows(reference: list[Reply], other: list[Reply]) -> list[Row]:
    taken = [sent(one, *(other if one.strategy else reference)) for one in samples(0.1)]
    return document(Record(header(), taken, END)).groups[0].rows


@pytest.mark.parametrize(
    "other",
    [
        [page(200, 5000, 3), page(429, 5, 9)],
        [page(200, 40, 12)],
        [page(200, 5000, 12), page(200, 5000, 12, "http://c.d/")],
        [page(200, 0, 6), page(200, 10_000, 6)],
        [],
    ],
    ids=["nine of twelve refused", "smaller", "another url", "the same mean", "nothing counted"],
)
def test_a_row_that_was_not_sent_what_the_reference_was_has_no_ratio_and_says_so(other: list[Reply]) -> None:
    reference, row = rows([page(200, 5000, 12)], other)
    assert reference.ratio
    assert reference.ratio.estimate == 1.0
    assert row.status == "ok"
    assert row.ratio is None
    assert any("no ratio: it was not sent what sequential was" in text for text in row.warnings)
    assert not any("no ratio" in text for text in reference.warnings)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([page(200, 5000, 12)], [page(200, 5000, 36)]),
        ([page(200, 5000, 3), page(429, 5, 9)], [page(200, 5000, 1), page(429, 5, 3)]),
        ([page(200, 5000, 12)], [page(200, 5004, 6), page(200, 5010, 6)]),
        ([page(200, 5000, 1000)], [page(200, 5000, 995), page(503, 9, 5)]),
        ([], []),
    ],
    ids=["more rounds", "the same shares", "a page with the time in it", "one in two hundred", "our own peer"],
)
def test_rows_that_were_sent_the_same_are_compared(one: list[Reply], other: list[Reply]) -> None:
    assert alike(one, other)
    assert alike(other, one)
    ratio = rows(one, other)[1].ratio
    assert ratio
    assert ratio.verdict == "faster"


def test_the_replies_of_all_rounds_are_counted_once_and_told() -> None:
    reference, row = rows([page(200, 5000, 12)], [page(200, 5000, 3), page(429, 5, 9)])
    assert row.replies == [page(200, 5000, 48), page(429, 5, 144)]  # eight blocks of a timed and a watched round
    assert row.notes == ["http://a.b/: 48 x 200 (5,000 bytes), 144 x 429 (5 bytes)"]
    assert reference.notes == ["http://a.b/: 192 x 200 (5,000 bytes)"]


def test_the_table_shows_what_each_row_was_sent() -> None:
    taken = [sent(one, page(429 if one.strategy else 200, 5, 12)) for one in samples(0.1)]
    text = tables(document(Record(header(), taken, END)))
    assert "gevent: http://a.b/: 192 x 429 (5 bytes)" in text
    assert "gevent: no ratio: it was not sent what sequential was, which got http://a.b/: 192 x 200 (5 bytes)" in text


def test_replies_of_a_null_arm_and_of_warm_ups_count_for_no_row() -> None:
    taken = sent(samples(0.5)[0], page(200, 1, 1))
    taken = msgspec.structs.replace(taken, warmups=[msgspec.structs.replace(taken.rounds[0], replies=[page(9, 9, 9)])])
    assert received([taken]) == [page(200, 1, 2)]


def test_many_sizes_are_folded_and_no_reply_is_lost() -> None:
    many = sent(samples(0.5)[0], *(page(200, size, 1) for size in range(100)))
    found = received([many])
    assert len(found) <= MOST_SIZES
    assert sum(one.count for one in found) == 200
    assert list(told(found)) == ["http://a.b/: 200 x 200 (0 to 99 bytes)"]


def test_the_gate_decides_nothing_of_versions_that_were_not_sent_the_same() -> None:
    first = header().plan.strategies[0]
    arms = [
        msgspec.structs.replace(first, name=f"sequential@{name}", variant=Variant(name, "git:x"))
        for name in ("base", "candidate")
    ]
    made = msgspec.structs.replace(header().plan, strategies=arms, reference="sequential@base")
    taken = [sent(one, page(500 if one.strategy else 200, 5, 12)) for one in samples(0.5)]
    record = Record(msgspec.structs.replace(header(), plan=made), taken, END)
    (decision,) = decide(record, "time", lambda workload, strategy: 0.1)
    assert decision.outcome == "incomplete"
    assert decision.reason
    assert "192 x 200 (5 bytes); the candidate http://a.b/: 192 x 500" in decision.reason
