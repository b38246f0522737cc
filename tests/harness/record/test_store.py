"""Record files: what is stored is read again, and damage costs only the damaged lines."""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
import zlib
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from harness.errors import HarnessError, StoreError
from harness.record import store
from harness.record.plan import SCHEMA, Axis
from harness.record.sample import Cut, End, Host, Looks, Loss, Site
from tests.builders import header, sample
from tests.records import client


def written(folder: Path, run: str = "r1") -> Path:
    begun = store.Writer(folder, header(run))
    for block in range(2):
        begun.append(sample(0, block, 5.0))
        begun.append(sample(1, block, 0.5))
    begun.append(End("complete", 2, {"ours": 0.1, "all": 11.0}))
    begun.close()
    return begun.path


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    record = store.read(written(tmp_path))
    assert record.header == header()
    assert record.samples == [sample(0, 0, 5.0), sample(1, 0, 0.5), sample(0, 1, 5.0), sample(1, 1, 0.5)]
    assert record.end is not None
    assert record.damaged == 0


def test_every_line_is_json_that_other_tools_read(tmp_path: Path) -> None:
    kinds = [json.loads(line)["kind"] for line in written(tmp_path).read_text().splitlines()]
    assert kinds == ["header", "copy", "sample", "sample", "sample", "sample", "end"]


def test_a_record_cut_at_any_byte_keeps_every_whole_line(tmp_path: Path) -> None:
    path = written(tmp_path)
    whole = path.read_bytes()
    first = whole.index(b"\n", whole.index(b"\n") + 1)
    for cut in range(first + 1, len(whole), 7):
        path.write_bytes(whole[:cut])
        record = store.read(path)
        lines = whole[:cut].count(b"\n") + (whole[cut : cut + 1] == b"\n")
        assert 2 + len(record.samples) + (record.end is not None) == lines


def test_a_flipped_byte_costs_its_line_and_no_other(tmp_path: Path) -> None:
    path = written(tmp_path)
    whole = bytearray(path.read_bytes())
    breaks = [at for at, byte in enumerate(whole) if byte == ord("\n")]
    for at in [*range(0, breaks[3], 7), *breaks[:-1]]:
        damaged = bytearray(whole)
        damaged[at] ^= 1
        path.write_bytes(damaged)
        record = store.read(path)
        assert (record.header, store.read_header(path)) == (header(), header())
        lost = breaks[1] < at < breaks[2] or breaks[2] < at < breaks[3]
        assert len(record.samples) == 4 - lost
        assert record.damaged == (at not in breaks)


def test_a_line_of_a_kind_that_only_a_newer_program_knows_is_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path)
    body = b'{"kind":"weather","degrees":12'
    path.write_bytes(path.read_bytes() + body + f',"crc32":"{zlib.crc32(body):08x}"}}\n'.encode())
    assert store.read(path).damaged == 0


@pytest.mark.parametrize("content", [b"", b'{"kind":"header","schema":1,"run":"r2"'])
def test_the_latest_is_the_last_that_was_begun(tmp_path: Path, content: bytes) -> None:
    whole = written(tmp_path, "r1")
    (tmp_path / "r2.jsonl").write_bytes(content)
    (tmp_path / "r3.jsonl").mkdir()
    (tmp_path / "r4.jsonl").symlink_to("gone")
    os.mkfifo(tmp_path / "r5.jsonl")
    assert store.find(tmp_path, "latest") == whole


def test_a_record_that_was_begun_and_is_damaged_stays_the_latest(tmp_path: Path) -> None:
    written(tmp_path, "r1")
    damaged = written(tmp_path, "r2")
    damaged.write_bytes(damaged.read_bytes().replace(b"header", b"heeder", 1))
    assert store.find(tmp_path, "latest") == damaged


def test_where_nothing_was_begun_there_is_no_latest(tmp_path: Path) -> None:
    (tmp_path / "r2.jsonl").touch()
    with pytest.raises(HarnessError, match="no run matches 'latest'"):
        store.find(tmp_path, "latest")


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"nonsense\n", b"\xff\xfe\x00", b"[" * 100_000, b'{"kind":"header"}\n']
)
def test_what_is_no_record_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="no record"):
        store.read(path)


def test_a_file_of_more_lines_than_any_record_has_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path)
    monkeypatch.setattr(store, "MOST_LINES", 7)
    store.read(path)
    with path.open("a") as file:
        file.write("x\n")
    with pytest.raises(StoreError, match="has more than 7 lines: no record of ours"):
        store.read(path)
    store.read_header(path)


def test_a_fifo_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.jsonl")
    with pytest.raises(StoreError, match="no file"):
        store.read(tmp_path / "x.jsonl")


def test_a_newer_schema_is_refused_with_what_to_do(tmp_path: Path) -> None:
    store.Writer(tmp_path, header(schema=SCHEMA + 1)).close()
    with pytest.raises(HarnessError, match="upgrade"):
        store.read(tmp_path / "r1.jsonl")


def test_a_run_is_found_by_its_start_its_name_its_path_and_as_the_latest(tmp_path: Path) -> None:
    written(tmp_path, "20260101-a")
    store.Writer(tmp_path, header("20260202-b", name="before")).close()
    assert store.find(tmp_path, "202601").stem == "20260101-a"
    assert store.find(tmp_path, "before").stem == "20260202-b"
    assert store.find(tmp_path, "latest").stem == "20260202-b"
    assert store.find(tmp_path, str(tmp_path / "20260101-a.jsonl")).stem == "20260101-a"
    with pytest.raises(HarnessError, match="2 runs match"):
        store.find(tmp_path, "2026")
    with pytest.raises(HarnessError, match="no run matches"):
        store.find(tmp_path, "1999")


def test_runs_that_begin_at_once_sort_as_they_began(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    suffixes = iter(["fff", "888", "000"])
    monkeypatch.setattr(store.secrets, "token_hex", lambda size: next(suffixes))
    begun = []
    for _ in range(3):
        begun.append(store.new_run())
        store.Writer(tmp_path, header(begun[-1])).close()
        time.sleep(2e-6)
    assert [path.stem for path in store.runs(tmp_path)] == begun
    assert store.find(tmp_path, "latest").stem == begun[-1]


def test_a_run_is_found_by_its_day_hour_minute_and_second() -> None:
    assert re.fullmatch(r"\d{8}T\d{12}Z-[0-9a-f]{6}", store.new_run())
    assert store.new_run().startswith(datetime.now(UTC).strftime("%Y%m%dT%H"))


def test_names_of_old_and_new_sort_by_their_seconds(tmp_path: Path) -> None:
    old_and_new = ["20261123T201705Z-f00", "20261123T201706123456Z-000", "20261123T201707Z-aaa"]
    for run in reversed(old_and_new):
        store.Writer(tmp_path, header(run)).close()
    assert [path.stem for path in store.runs(tmp_path)] == old_and_new


def test_a_header_is_read_without_the_rest(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"sample", b"simple"))
    assert store.read_header(path) == header()


OTHERS = {
    "a.json": ('{"machine_info": {}, "benchmarks": []}', "it is a file of pytest-benchmark's"),
    "b.json": ('{"benchmarks": [], "metadata": {}, "version": "1.0"}', "it is a file of pyperf's"),
    "c.json": ('{"results": [{"command": "x"}]}', "it is a file of hyperfine's"),
    "d.json": ('{"schema": 1, "run": "r7", "groups": []}', "it is what `--json` wrote of a run, which `show` and"),
    "e.json": ('{"schema": 1, "outcome": "pass", "cells": []}', "it is what `gate --json` wrote"),
    "f.json": ('{"schema": 9}', "it is JSON of another program"),
    "g.json": ("[1, 2]", "it is JSON of another program"),
    "h.csv": ("a,b\n1,2\n", "its first line is no header, nor any JSON"),
    "i.jsonl": ('{"kind": "event"}\n{}\n', "its first line is no header of ours"),
    "l.jsonl": ('{"kind": "sample"}\n{}\n', "its first line is no header of ours"),
    "j.jsonl": ('{"kind": "header", "crc32": "0"}\n{}\n', "its first line, the header, is damaged"),
    "k": ("", "it is empty"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_of_another_kind_is_found_and_said_to_be_what_it_is(tmp_path: Path, name: str) -> None:
    content, what = OTHERS[name]
    (tmp_path / name).write_text(content)
    path = store.find(tmp_path / "results", str(tmp_path / name))
    with pytest.raises(StoreError) as refused:
        store.read(path)
    assert str(refused.value).startswith(f"{path} is no record of ours: {what}")


def test_a_folder_is_no_record_and_a_missing_file_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder, and no record of ours"):
        store.read(store.find(tmp_path, str(tmp_path)))
    with pytest.raises(HarnessError, match=r"there is no file absent\.json, and no run of that name in"):
        store.find(tmp_path, "absent.json")


def test_a_newer_record_is_known_for_one_though_its_header_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps({"kind": "header", "schema": SCHEMA + 1, "crc32": "00000000"}) + "\n")
    with pytest.raises(HarnessError, match="upgrade it"):
        store.read(path)


def test_the_last_end_counts(tmp_path: Path) -> None:
    begun = store.Writer(tmp_path, header())
    for status in ("interrupted", "complete"):
        begun.append(End(status, 1, {"all": 1.0}))
    begun.close()
    ended = store.read(begun.path).end
    assert ended is not None
    assert ended.status == "complete"


def test_a_run_is_found_by_its_own_name_beside_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = {
        "20260101-a": "zeta",
        "20260202-b": "alpha",
        "20260303-c": "b.html",
        "20260404-d": "b.txt",
        "20260505-e": None,
    }
    for run, name in named.items():
        store.Writer(tmp_path, header(run, name=name)).close()
    monkeypatch.chdir(tmp_path)
    for name in ("b.html", "b.txt", "zeta", "20260202"):  # files of the same names stand back
        (tmp_path / name).touch()
    for run, name in named.items():
        assert store.find(tmp_path, name or run).stem == run
    assert store.find(tmp_path, "20260202").stem == "20260202-b"
    for name in ("beta", "other", "zz"):
        with pytest.raises(HarnessError, match=f"no run matches '{name}' in .+; `list runs` shows 5"):
            store.find(tmp_path, name)


def test_of_many_runs_that_match_the_last_five_are_named(tmp_path: Path) -> None:
    for number in range(7):
        store.Writer(tmp_path, header(f"r{number}")).close()
    with pytest.raises(HarnessError, match=r"7 runs match 'r': r2, r3, r4, r5, r6$"):
        store.find(tmp_path, "r")


def test_nothing_is_found_where_nothing_is_wanted_or_no_file_is(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="no run matches ''"):
        store.find(tmp_path, "")
    for wanted in ("sub/run", "absent.jsonl"):
        with pytest.raises(HarnessError, match=f"there is no file {wanted}, and no run of that name in {tmp_path}"):
            store.find(tmp_path, wanted)


@pytest.mark.parametrize(("before", "found"), [(0, True), (3, True), (4, False)])
def test_a_copy_of_the_header_is_among_the_first_four_lines(tmp_path: Path, before: int, found: bool) -> None:
    path = written(tmp_path)
    _, copy, *rest = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([b"x\n" * before, copy, *rest]))
    for read in (store.read, store.read_header):
        with contextlib.nullcontext() if found else pytest.raises(StoreError, match="is no record of ours"):
            read(path)


def test_a_header_that_is_not_the_first_line_is_none(tmp_path: Path) -> None:
    path = written(tmp_path)
    first, _, *rest = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([b"x\n", first, *rest]))
    with pytest.raises(StoreError, match="is no record of ours"):
        store.read(path)


def test_a_record_that_is_kept_is_the_same_when_it_is_read(tmp_path: Path) -> None:
    made = msgspec.structs.replace(
        client(),
        marks=[Host(block, 0.02, 0.001, 0.1, 0.0, 0.0, 0.0) for block in range(9)],
        cuts=[Cut(1, 9.0, groups={"0": 2})],
        looks=Looks(40),
        sites=[Site(0, "h1", "m1", {}), Site(1, "h2", "m2", {})],
        losses=[Loss("h2", "it broke", 0, 1)],
    )
    made.samples.sort(key=lambda one: one.block)
    assert store.keep(tmp_path, made) == made


@pytest.mark.parametrize("axes", [[], [Axis("tasks", 1.0, 9.0)]])
def test_hosts_weigh_alike_in_rows_and_not_in_a_sweep_whose_points_they_share(tmp_path: Path, axes: list[Axis]) -> None:
    made = client(null=None)
    plan = msgspec.structs.replace(made.header.plan, axes=axes)
    taken = [msgspec.structs.replace(one, site=int(one.block > 4)) for one in made.samples]
    made = msgspec.structs.replace(made, header=msgspec.structs.replace(made.header, plan=plan), samples=taken)
    read = store.keep(tmp_path, made)
    blocks = [{one.block for one in held} for held in (read.samples, read.uneven)]
    assert blocks == ([{0, 1, 2, 3, 4, 5, 6, 7}, set()] if axes else [{0, 1, 2, 5, 6, 7}, {3, 4}])
