"""The short form, and the corpus: cases that were found once."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from harness.document.comparison import compare
from harness.document.gate import Gate
from harness.document.past import Past
from harness.errors import HarnessError
from harness.gate.check import merge
from harness.record import store
from tests import records
from tests.fuzz import documents, lines, names, printed, readings
from tests.fuzz.watched import found

Case = Callable[[random.Random, Path], None]
FEW: list[tuple[Case, int]] = [
    (readings.a_record, 1000), (readings.a_document, 100), (readings.a_part, 50), (readings.a_frame, 1000),
    (lines.a_line, 500), (lines.a_setting, 500), (names.a_name, 20), (documents.a_screen, 20),
    (printed.a_folder, 14),
]  # fmt: skip
CORPUS: list[tuple[Case, int]] = [
    (readings.a_document, 10073), (readings.a_document, 10657), (readings.a_document, 12289),
    (readings.a_document, 1726), (readings.a_document, 6940), (readings.a_document, 9216),
    (readings.a_document, 4265), (readings.a_part, 10053),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "number"), FEW)
def test_nothing_is_our_own_bug(tmp_path: Path, kind: Case, number: int) -> None:
    assert list(found(kind, range(number), tmp_path / "case.jsonl")) == []


def test_nor_is_what_was_once(tmp_path: Path) -> None:
    assert [one for kind, number in CORPUS for one in found(kind, [number], tmp_path / "case.jsonl")] == []


def test_what_hangs_or_raises_is_found(tmp_path: Path) -> None:
    def wrong(drawn: random.Random, _: Path) -> None:
        while drawn.random() < 2:
            pass

    (one,) = found(wrong, [3], tmp_path)
    assert (one["kind"], one["number"], one["error"]) == ("wrong", 3, "Hung")


def test_no_damaged_or_incomplete_part_passes_a_gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fdatasync", lambda descriptor: None)
    wholes = [readings.part_of(number, 2) for number in (1, 2)]
    files = [tmp_path / "damaged.json", tmp_path / "whole.json"]

    def merged(*parts: bytes) -> Gate:
        for file, part in zip(files, parts, strict=True):
            file.write_bytes(part)
        return merge(files, tmp_path / "results")

    assert merged(*wholes).outcome == "pass"
    for number in range(500):
        drawn = random.Random(number)
        part, other = drawn.sample(wholes, 2)
        damaged = readings.torn(drawn, part) if drawn.random() < 0.5 else readings.changed(drawn, part)
        try:
            found = merged(damaged, other)
        except HarnessError:
            continue
        # What is decided by stands there as it was; what is only shown may not.
        assert msgspec.json.decode(damaged, type=Gate).shard == msgspec.json.decode(part, type=Gate).shard, found


def test_no_damaged_record_is_compared_without_a_word(tmp_path: Path) -> None:
    whole = store.keep(tmp_path, records.client())
    raw = store.raw(tmp_path / f"{whole.header.run}.jsonl")
    for number in range(100):
        file = tmp_path / "damaged.jsonl"
        file.write_bytes(readings.torn(random.Random(number), raw))
        try:
            record = store.read(file)
        except HarnessError:
            continue
        said = compare(record, whole, Past([], [], {}, [])).remarks
        assert record == whole or any("damaged" in text or "interrupted" in text for text in said), number
