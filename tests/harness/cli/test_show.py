"""`show`: a stored run, what `--json` wrote of one, and what is neither."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.record import store
from harness.record.sample import End
from tests.builders import Finished, header, samples


@pytest.fixture
def run(tmp_path: Path) -> str:
    """A stored run of eight blocks."""
    writer = store.Writer(tmp_path / "results", header("20260101T000000Z-a", name="mine"))
    for sample in samples(0.5):
        writer.append(sample)
    writer.append(End("complete", 8, {"all": 1.0, "ours": 0.1}))
    writer.close()
    return "20260101T000000Z-a"


def test_a_run_is_shown_by_its_name_and_by_its_file(cli: Callable[..., Finished], run: str) -> None:
    shown = cli("show")
    assert shown.returncode == 0
    assert f"run {run} " in shown.stdout
    assert cli("show", "mine").stdout == cli("show", f"results/{run}.jsonl").stdout == shown.stdout


def test_what_json_wrote_is_shown_as_the_run_itself(cli: Callable[..., Finished], run: str, tmp_path: Path) -> None:
    shown = cli("show", "--json", "kept.json").stdout
    assert json.loads((tmp_path / "kept.json").read_text())["run"] == run
    assert cli("show", "kept.json").stdout == shown


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("theirs.json", '{"machine_info": {}, "benchmarks": []}', "it is a file of pytest-benchmark's"),
        ("gate.json", '{"schema": 1, "outcome": "pass", "cells": []}', "it is what `gate --json` wrote"),
        ("broken.json", '{"schema": 1, "run": "r", "groups": 3}', "Expected `array`, got `int`"),
        ("notes.txt", "hello\n", "its first line is no header"),
    ],
)
def test_another_file_is_one_line_that_says_what_it_is(
    cli: Callable[..., Finished], tmp_path: Path, name: str, content: str, said: str
) -> None:
    (tmp_path / name).write_text(content)
    done = cli("show", name)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (5, "", 1)
    assert done.stderr.startswith(f"harness: {name} is no ")
    assert said in done.stderr
