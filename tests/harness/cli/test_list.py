"""`list` and `doctor`, as tables and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from harness.record import store
from harness.record.sample import End
from harness.strategies import BUILT_IN as STRATEGIES
from harness.workloads import BUILT_IN as WORKLOADS
from tests.builders import Finished, header


def test_strategies_and_workloads_say_what_they_are(cli: Callable[..., Finished]) -> None:
    said = json.loads(cli("list", "strategies", "--json", "-").stdout)
    assert said["schema"] == 1
    assert {one["name"]: one["target"] for one in said["strategies"]} == STRATEGIES
    plain = next(one for one in said["strategies"] if one["name"] == "sequential")
    assert (plain["status"], plain["reason"]) == ("ok", None)
    assert plain["summary"] == "One task after another, in a plain loop."
    said = json.loads(cli("list", "workloads", "--json", "-").stdout)
    assert {one["name"]: one["target"] for one in said["workloads"]} == WORKLOADS
    assert next(one for one in said["workloads"] if one["name"] == "sleep")["options"]["seconds"] == 0.01


def test_runs_are_listed_as_they_began_and_what_is_no_record_says_so(
    cli: Callable[..., Finished], tmp_path: Path
) -> None:
    writer = store.Writer(tmp_path / "results", header("20260101T000000Z-b", name="mine"))
    writer.append(End("complete", 2, {"all": 1.0}))
    writer.close()
    store.Writer(tmp_path / "results", header("20260101T000001000001Z-a")).close()
    (tmp_path / "results" / "z.jsonl").write_text("nonsense\n")
    first, second, third = json.loads(cli("list", "runs", "--json", "-").stdout)["runs"]
    assert (first["run"], first["name"], first["status"]) == ("20260101T000000Z-b", "mine", "complete")
    assert (first["workloads"], first["strategies"]) == (["sleep"], ["sequential", "gevent"])
    assert first["file"] == "results/20260101T000000Z-b.jsonl"
    assert (second["status"], second["taken_at"]) == ("partial", "2026-11-23T12:00:00+00:00")
    assert third["status"] == "unreadable"
    assert "no record of ours" in third["reason"]
    assert "no record of ours" in cli("list", "runs").stdout


def test_a_list_goes_to_the_file_that_json_names_and_the_table_to_stdout(
    cli: Callable[..., Finished], tmp_path: Path
) -> None:
    done = cli("list", "variants", "--json", "kept.json")
    assert done.stdout.startswith("kept ")
    assert json.loads((tmp_path / "kept.json").read_text()) == {"schema": 1, "variants": []}


def test_the_doctor_says_as_json_what_it_shows(cli: Callable[..., Finished]) -> None:
    said = json.loads(cli("doctor", "--json", "-").stdout)
    assert said["limits"]["descriptors"] > 0
    assert said["libraries"].keys() >= {"gevent", "greenlet"}
    shown = cli("doctor").stdout
    assert said["host"]["machine_key"] in shown
    assert said["fit"] in ("good", "poor", "bad")
    assert {one["about"]: one["fit"] for one in said["checks"]}["a task"] == "good"
    assert "can it measure" in shown
    assert f"{said['limits']['descriptors']:,}" in shown
