"""Documents that `--json` wrote, and folders of records, of which some cannot be read."""

from __future__ import annotations

import contextlib
import json
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.errors import HarnessError, StoreError
from harness.record import kinds, store
from harness.record.plan import SCHEMA, PlannedGroup
from harness.record.sample import Added
from tests.builders import header, sample


class Wanted(msgspec.Struct):
    """As much of a document as somebody wants."""

    run: str


DOCUMENT = {"schema": SCHEMA, "run": "r1", "groups": []}


@pytest.mark.parametrize(
    ("said", "error", "text"),
    [
        (DOCUMENT | {"schema": SCHEMA + 1}, HarnessError, "upgrade it"),
        ({"schema": SCHEMA, "run": 3, "groups": []}, StoreError, "is no document of a run: Expected `str`, got `int`"),
        ({"schema": SCHEMA, "then": 1, "now": 2}, StoreError, "is no document of a run: it is what `compare --json`"),
        ([1], StoreError, "is no document of a run: it is JSON of another program"),
    ],
)
def test_what_is_no_document_is_told(tmp_path: Path, said: Any, error: type[HarnessError], text: str) -> None:
    (path := tmp_path / "x.json").write_text(json.dumps(said))
    with pytest.raises(error) as refused:
        store.read_document(path, Wanted)
    assert text in str(refused.value)


def test_a_document_is_read_as_far_as_somebody_wants_it(tmp_path: Path) -> None:
    (path := tmp_path / "x.json").write_text(json.dumps(DOCUMENT))
    assert store.read_document(path, Wanted) == Wanted("r1")


def test_what_is_no_json_is_told(tmp_path: Path) -> None:
    (path := tmp_path / "x.json").write_bytes(b"\xff")
    with pytest.raises(StoreError, match="is no document of a run: its first line is no header, nor any JSON"):
        store.read_document(path, Wanted)


BROKEN = [b"", b" ", b"{", b"\xff", b"[" * 100_000, b'{"schema":' + b"[" * 100_000]


@pytest.mark.parametrize("raw", BROKEN, ids=range(len(BROKEN)))
def test_whatever_is_no_json_is_told_in_a_line(tmp_path: Path, raw: bytes) -> None:
    (path := tmp_path / "x.json").write_bytes(raw)
    what = "its first line is no header, nor any JSON" if raw.strip() else "it is empty"
    with pytest.raises(StoreError) as refused:
        store.read_document(path, Wanted)
    assert str(refused.value) == f"{path} is no document of a run: {what}"
    assert not kinds.is_document(raw)
    assert kinds.what(raw) == what
    assert kinds.what(raw + b"\n{}\n") == (what if raw.strip() else "it is JSON of another program")


@pytest.mark.parametrize("raw", [b'"\xff"', b'{"kind":"\xff"}\n{}\n'])
def test_what_is_json_but_for_its_text_is_told_in_a_line(tmp_path: Path, raw: bytes) -> None:
    (path := tmp_path / "x.jsonl").write_bytes(raw)
    with pytest.raises(StoreError, match="is no record of ours: it"):
        store.read(path)


@pytest.mark.parametrize("raw", [b"[" + b"[]," * 200_000 + b"[]]", b'{"a":[' + b"[]," * 200_000 + b"[]]}"])
@pytest.mark.parametrize("ending", [b"", b"\n{}", b"]"], ids=["whole", "lines", "broken"])
def test_what_a_file_is_takes_no_more_than_the_file(raw: bytes, ending: bytes) -> None:
    tracemalloc.start()
    try:
        assert kinds.what(raw + ending)
        assert not kinds.is_document(raw + ending)
        assert tracemalloc.get_traced_memory()[1] < 4 * len(raw)
    finally:
        tracemalloc.stop()


TELLTALE = {
    "`show` and `history` read": kinds.DOCUMENT,
    **{f"it is what `{command} --json` wrote": names for command, names in kinds.OURS.items()},
    **{f"it is a file of {tool}'s": names for tool, names in kinds.OTHERS.items()},
}


@pytest.mark.parametrize("said", TELLTALE)
def test_a_file_is_known_by_names_that_it_has_among_others(said: str) -> None:
    names = dict.fromkeys(TELLTALE[said], 1)
    for held in (names, names | {"and": 2, "more": 3}):
        assert said in kinds.what(json.dumps(held).encode())
    for name in names:
        fewer = {one: value for one, value in names.items() if one != name}
        assert kinds.what(json.dumps(fewer).encode()) == "it is JSON of another program"


def test_a_document_that_holds_more_is_one(tmp_path: Path) -> None:
    said = DOCUMENT | {"run": 3, "status": "complete"}
    (path := tmp_path / "x.json").write_text(json.dumps(said))
    with pytest.raises(StoreError, match="is no document of a run: Expected `str`, got `int`"):
        store.read_document(path, Wanted)


@pytest.mark.parametrize("schema", [0, SCHEMA, SCHEMA + 1])
def test_what_an_older_program_wrote_is_read_and_what_a_newer_one_did_is_not(tmp_path: Path, schema: int) -> None:
    (path := tmp_path / "x.json").write_text(json.dumps(DOCUMENT | {"schema": schema}))
    begun = store.Writer(tmp_path, header(schema=schema))
    begun.close()
    newer = pytest.raises(HarnessError, match=f"has schema {schema}, this program reads up to {SCHEMA}: upgrade it")
    with newer if schema > SCHEMA else contextlib.nullcontext():
        assert store.read_document(path, Wanted) == Wanted("r1")
    with newer if schema > SCHEMA else contextlib.nullcontext():
        assert store.read(begun.path).header == store.read_header(begun.path) == header(schema=schema)


def test_of_some_files_those_that_can_be_read_are(tmp_path: Path) -> None:
    store.Writer(tmp_path, header("r1")).close()
    (tmp_path / "r2.jsonl").write_bytes(b"")
    found, unread = store.headers(store.runs(tmp_path))
    assert found == {tmp_path / "r1.jsonl": header("r1")}
    assert unread == [f"{tmp_path}/r2.jsonl is no record of ours: it is empty"]
    whole, unread = store.records(store.runs(tmp_path))
    assert [record.header.run for record in whole] == ["r1"]
    assert len(unread) == 1


def test_baselines_are_documents_and_records(tmp_path: Path) -> None:
    assert list(store.summaries(tmp_path)) == []
    (tmp_path / "baselines").mkdir()
    for name in ("b.json", "a.jsonl", "c.txt"):
        (tmp_path / "baselines" / name).touch()
    assert [path.name for path in store.summaries(tmp_path)] == ["b.json", "a.jsonl"]


def test_the_latest_may_be_of_a_newer_program_which_reading_it_says(tmp_path: Path) -> None:
    store.Writer(tmp_path, header("r1")).close()
    store.Writer(tmp_path, header("r2", SCHEMA + 1)).close()
    latest = store.find(tmp_path, "latest")
    with pytest.raises(HarnessError, match="upgrade it"):
        store.read(latest)


def test_a_group_that_was_added_while_a_run_went_on_is_the_next_of_its_plan(tmp_path: Path) -> None:
    added = PlannedGroup("sleep", "e:F", {"seconds": 1.0}, 20, 20)
    writer = store.Writer(tmp_path, header())
    for line in (Added(added), msgspec.structs.replace(sample(0, 0, 1.0), group=1)):
        writer.append(line)
    writer.close()
    record = store.read(writer.path)
    assert record.header.plan.groups == [*header().plan.groups, added]
    assert record.samples[0].group == 1
