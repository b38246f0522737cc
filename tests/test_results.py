"""The page of results: what it says of a run, and that it is made by one command that goes on where it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.document.make import document
from tests import records, results
from tests.builders import ROOT, Finished

PART = results.Part("some", "Some", "About.", {})


def said(*arguments: str) -> Finished:
    return subprocess.run(
        [sys.executable, "-m", "tests.results", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=240
    )


def test_a_row_without_a_number_has_its_status_and_its_reason() -> None:
    text = results.page([(PART, document(records.every_status()))])
    assert "is-timeout" in text
    assert "- is-invalid: invalid: it was invalid" in text


def test_the_fastest_comes_first() -> None:
    (group,) = document(records.client(0.5)).groups
    lines, _ = results.times(group)
    assert [line[0] for line in lines] == ["gevent", "sequential"]


def test_counts_are_against_the_first_line_of_a_strategy() -> None:
    part = PART._replace(arguments={"count": "instructions"})
    (group,) = document(records.counted()).groups
    lines, headings = results.counts(group)
    assert headings[-1] == "against its first line"
    assert {line[-1] for line in lines} == {"1.000"}
    assert "Some" in results.page([(part, document(records.counted()))])


def test_what_is_put_side_by_side_is_what_was_asked_for() -> None:
    _, pythons, gevents = results.parts(["3.11", "/opt/python"], ["26.9.0"], short=False)
    assert pythons.arguments["variants"] == ["v1=python:3.11", "v2=python:/opt/python"]
    assert gevents.arguments["variants"] == ["v1=pip:gevent==26.9.0"]


def test_the_page_is_of_this_command() -> None:
    assert results.PAGE.read_text().startswith(results.HEAD)


@pytest.mark.slow
def test_results_are_measured_once(tmp_path: Path) -> None:
    first = said("--short", "--only", "strategies", "--results", str(tmp_path))
    assert first.returncode == 0, first.stderr
    assert "### strategies: echo" in first.stdout
    again = said("--short", "--only", "strategies", "--results", str(tmp_path))
    assert (again.stdout, again.stderr) == (first.stdout, "")
