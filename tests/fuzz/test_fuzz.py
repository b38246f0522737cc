"""The short form, and the corpus: cases that were found once."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.gate.check import merge
from harness.record import store
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


def test_no_damaged_or_incomplete_part_passes_a_gate(tmp_path: Path) -> None:
    for number in range(500):
        drawn = random.Random(number)
        file = tmp_path / "part.json"
        whole = readings.part_of_two(drawn.choice([1, 2]))
        file.write_bytes(readings.torn(drawn, whole) if drawn.random() < 0.5 else readings.changed(drawn, whole))
        with pytest.raises(HarnessError):
            merge([file], tmp_path / "results")
    assert not list(store.runs(tmp_path / "results"))
