"""A run as a data frame."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from harness.document.make import document
from harness.errors import HarnessError
from harness.record.sample import Record
from tests import records

LIBRARIES = ("pandas", "polars")


def frame_of(record: Record, monkeypatch: pytest.MonkeyPatch, library: str) -> list[dict[str, Any]]:
    """What a library is given, without the others."""
    for name in LIBRARIES:
        found = SimpleNamespace(DataFrame=list) if name == library else None
        monkeypatch.setitem(sys.modules, name, found)
    rows: list[dict[str, Any]] = document(record).to_dataframe()
    return rows


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_frame_has_a_row_for_each_cell_and_a_column_for_each_number(
    monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    sequential, gevent = frame_of(records.client(), monkeypatch, library)
    assert sequential.keys() == gevent.keys()
    assert (gevent["workload"], gevent["options.seconds"], gevent["strategy"]) == ("sleep", 0.5, "gevent")
    assert gevent["wall_seconds.median"] == document(records.client()).groups[0].rows[1].wall_seconds.median
    assert not [name for name in gevent if "each_block" in name]
    assert (gevent["ratio.verdict"], sequential["ratio.p"]) == ("faster", None)


def test_a_cell_without_numbers_has_none_in_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = frame_of(records.every_status(), monkeypatch, "pandas")
    assert [row["status"] for row in rows][:3] == ["ok", "failed", "timeout"]
    assert rows[1]["wall_seconds.median"] is None


def test_without_a_library_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(HarnessError, match="pip install pandas"):
        frame_of(records.client(), monkeypatch, "neither")
