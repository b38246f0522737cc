"""What is kept of a machine."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from harness.advise import machine
from harness.advise.model import Costs


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    return tmp_path


def kept() -> machine.Machine:
    made = msgspec.structs.replace(machine.kept(), costs={"a:B": Costs(0.1, 0.2)})
    machine.keep(made)
    return made


def test_costs_are_kept() -> None:
    assert kept() == machine.kept()


@pytest.mark.parametrize("change", [{"taken_at": 0.0}, {"versions": {"gevent": "0.1"}}, {"format": 0}])
def test_what_is_old_or_of_other_libraries_is_measured_again(change: dict[str, object]) -> None:
    machine.keep(msgspec.structs.replace(kept(), **change))
    assert machine.kept().costs == {}


def test_a_damaged_file_is_no_error() -> None:
    kept()
    machine.path().write_text("{")
    assert machine.kept().costs == {}


def test_a_cache_that_cannot_be_written_is_no_error(folder: Path) -> None:
    (folder / "costs").write_text("a file where a folder should be")
    kept()
    assert machine.kept().costs == {}
