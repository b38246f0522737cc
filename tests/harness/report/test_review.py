"""What a reviewer reads of a gate: Markdown and annotations, from decisions that nobody measured."""

from __future__ import annotations

import shlex
from typing import Any

import msgspec
import pytest

from harness.document.gate import Decision, Gate, Grown, Outcome, Shard
from harness.document.run import Ratio
from harness.gate import again, decide
from harness.report import review
from harness.report.gate import tables
from tests.records import gated

RATIO = Ratio(1.1, 1.05, 1.15, "slower", blocks=8)


def cell(outcome: Outcome, reason: str | None = None, metric: str = "time", **more: Any) -> Decision:
    comparison = RATIO if outcome in ("pass", "regression") else None
    return Decision("./jobs.py:task", "gevent", metric, 0.02, outcome, reason, 1.0, 1.1, comparison, **more)


def gate(*cells: Decision, **more: Any) -> Gate:
    return Gate(run="r1", outcome=decide.overall(cells), cells=list(cells), blocks=8, most=160, **more)


def test_a_regression_is_a_sentence_its_evidence_and_the_command() -> None:
    text = review.markdown(gate(cell("regression"), command="python -m harness gate --base git:abc"))
    first, table, *_, command = text.split("\n\n")
    assert first == (
        "**gate: regression.** `./jobs.py:task` under gevent takes 1.100 times what its base does "
        "(1.050 - 1.150 by 8 blocks; the limit is 2.00% more)."
    )
    assert table.splitlines()[0].startswith("| workload")
    assert "8 blocks of at most 160. To repeat it:" in text
    assert command == "```sh\npython -m harness gate --base git:abc\n```"


@pytest.mark.parametrize(
    ("outcome", "reason", "text"),
    [
        ("pass", None, "The candidate is no worse than its base by more than the limit."),
        ("new", None, "The base has nothing of it."),
        ("undecided", "3 of the 7 blocks", "`./jobs.py:task` under gevent: 3 of the 7 blocks."),
        ("undecided", None, "`./jobs.py:task` under gevent: not enough blocks to tell."),
        ("incomplete", "ValueError: no at jobs.py:3", "`./jobs.py:task` under gevent: ValueError: no at jobs.py:3."),
    ],
)
def test_each_outcome_is_a_sentence(outcome: Outcome, reason: str | None, text: str) -> None:
    assert review.markdown(gate(cell(outcome, reason))).startswith(f"**gate: {outcome}.** {text}\n")


def test_no_cell_at_all_is_a_sentence_too() -> None:
    assert review.sentence(gate()) == "There was nothing to compare."


def test_functions_that_grew_are_named_and_annotated_at_their_lines() -> None:
    grew = [
        Grown("parse", "app/parse.py", 12, 1000, 2000, 0.9, "qemu"),
        Grown("memcpy", "libc.so.6", None, 10, 20, 0.1, "callgrind"),
    ]
    said = gate(cell("regression", metric="instructions", grew=grew))
    text = review.markdown(said)
    assert "- `parse` (app/parse.py:12): 1,000 -> 2,000 instructions a task, 90% of what grew" in text
    assert "- `memcpy` (libc.so.6): 10 -> 20" in text
    (line,) = review.at_lines(said)
    assert line.startswith(
        "::error file=app/parse.py,line=12,title=gate%3A regression::./jobs.py:task under gevent runs"
    )
    assert "2.00%25 more" in line


@pytest.mark.parametrize(
    ("one", "where"),
    [
        (cell("regression"), "file=jobs.py,"),
        (cell("incomplete", "ValueError: no at sub/jobs.py:3"), "file=sub/jobs.py,line=3,"),
        (cell("incomplete", "no at /elsewhere/jobs.py:3"), "file=jobs.py,"),
        (msgspec.structs.replace(cell("undecided"), workload="sleep"), "title="),
    ],
)
def test_an_annotation_is_at_the_line_that_is_known(one: Decision, where: str) -> None:
    (line,) = review.at_lines(gate(one))
    assert line.startswith(f"::error {where}")
    assert "\n" not in line


def test_what_passes_has_no_annotation_nor_has_a_shard() -> None:
    assert not list(review.at_lines(gate(cell("pass"), cell("new"))))
    said = gate(cell("undecided"), shard=Shard(2, 4, 40, []))
    assert not list(review.at_lines(said))
    assert review.markdown(said).startswith("**part 2 of 4: nothing is decided before gate --merge.**\n")
    assert tables(said, "simple").endswith("\npart 2 of 4: nothing is decided before gate --merge")
    lost = gate(cell("incomplete", "no"), shard=Shard(2, 4, 40, []))
    assert tables(lost, "simple").endswith("gate: incomplete; part 2 of 4: nothing is decided before gate --merge")


def test_a_reason_is_no_markup_of_its_own() -> None:
    text = review.markdown(gate(cell("incomplete", "a | b\n\n<script>")))
    assert "a \\| b \\<script\\>" in text
    (line,) = review.at_lines(gate(cell("incomplete", "a\nb")))
    assert "\n" not in line


def test_tracebacks_are_folded_where_they_are_asked_for() -> None:
    said = gate(cell("incomplete", "no", traceback="Traceback: here"))
    assert "Traceback: here" not in review.markdown(said)
    assert "<details>" in review.markdown(said, verbose=True)


def test_the_command_asks_the_same_again() -> None:
    record = gated(1.1)
    words = shlex.split(again.command(record.header.plan, "cpu", [0.04, 0.04], 80))
    assert words[:4] == ["python", "-m", "harness", "gate"]
    for flag, value in (("--base", "path:base"), ("-s", "gevent"), ("--metric", "cpu"), ("--limit", "0.04")):
        assert words[words.index(flag) + 1] == value
    assert decide.judge(record, "time", lambda *_: 0.02).command.startswith("python -m harness gate --base path:base")
