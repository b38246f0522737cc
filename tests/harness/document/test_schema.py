"""The JSON schemas in docs/ say what documents are."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import msgspec
import pytest

from harness.document.comparison import compare
from harness.document.history import History
from harness.document.make import document
from harness.document.run import Run
from harness.gate.decide import judge
from harness.history.series import of_record, series
from harness.record.sample import Record
from tests import records, schema

RUNS = {
    "clients": records.client,
    "every status": records.every_status,
    "hostile names": records.hostile,
    "counted": records.counted,
    "variants": records.variants,
    "servers": records.server,
    "an open loop": lambda: records.server(rate=3000.0),
    "capacities": lambda: records.server(slo=0.01),
}


def plain(said: msgspec.Struct) -> Any:
    return json.loads(json.dumps(msgspec.to_builtins(said), allow_nan=False))


@pytest.mark.parametrize("kind", schema.FILES)
def test_the_files_in_docs_are_those_of_the_types(kind: str) -> None:
    assert schema.FILES[kind].read_text() == schema.text(kind), "run python -m tests.schema"


@pytest.mark.parametrize("make", RUNS.values(), ids=RUNS)
def test_a_document_is_what_its_schema_says_and_is_read_again(make: Callable[[], Record]) -> None:
    said = plain(document(make()))
    schema.hold(said, "run")
    assert plain(msgspec.json.decode(json.dumps(said), type=Run)) == said


def test_the_other_documents_are_what_their_schemas_say() -> None:
    schema.hold(plain(compare(records.client(), records.client(0.6))), "compare")
    schema.hold(plain(judge(records.gated(1.1), "time", lambda *_: 0.02)), "gate")
    found = series([of_record(one) for one in records.commits()])
    schema.hold(plain(History(series=found, runs=30, unread=["x is no record"])), "history")


@pytest.mark.parametrize(
    "change",
    [
        {"wall_seconds": {"median": "1", "low": 1.0, "high": 1.0}},
        {"wall_seconds": {"median": 0.0, "low": 0.0, "high": 0.0}},
        {"wall_time": 1.0},
        {"status": "fine"},
        {"ratio": {"estimate": 1.0, "low": 1.0}},
    ],
)
def test_what_is_mistyped_or_unknown_does_not_hold(change: dict[str, Any]) -> None:
    said = copy.deepcopy(plain(document(records.client())))
    said["groups"][0]["rows"][0] |= change
    with pytest.raises(jsonschema.ValidationError):
        schema.hold(said, "run")


@pytest.mark.parametrize("field", ["name", "rounds", "reason", "strategy"])
def test_what_is_missing_does_not_hold(field: str) -> None:
    said = plain(document(records.client()))
    del said["groups"][0]["rows"][0][field]
    with pytest.raises(jsonschema.ValidationError):
        schema.hold(said, "run")


def test_a_document_of_an_older_program_is_read_with_defaults() -> None:
    row = {"strategy": "gevent", "name": "gevent", "status": "ok", "wall_seconds": {"median": 1, "low": 1, "high": 2}}
    group = {"workload": "sleep", "options": {}, "tasks": 1, "concurrency": 1, "reference": "gevent"}
    said = {"schema": 1, "run": "r", "taken_at": "2026-11-23", "status": "complete", "host": {}}
    run = msgspec.convert(said | {"groups": [group | {"against": "gevent", "rows": [row]}]}, Run)
    assert (run.left_behind, run.groups[0].margin, run.groups[0].rows[0].warnings) == (0, 0.02, [])
    assert run.groups[0].rows[0].wall_seconds.median == 1


def test_a_document_of_a_newer_program_is_read_without_what_it_adds() -> None:
    said = plain(document(records.client())) | {"added": 1}
    assert plain(msgspec.convert(said, Run)) == plain(document(records.client()))
