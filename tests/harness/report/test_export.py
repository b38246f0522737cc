"""A record as the files of other tools, read by those tools."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cli.export import FORMATS as OFFERED
from harness.record import store
from harness.record.sample import Record
from harness.report.export import FORMATS, measured
from tests.builders import Finished, header, samples

BIN = Path(sys.executable).parent


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A stored record of eight blocks, gevent twice as fast as the reference."""
    writer = store.Writer(tmp_path / "results", header())
    for sample in samples(0.5, null=1.0):
        writer.append(sample)
    writer.close()
    return writer.path


@pytest.fixture
def exported(harness: Callable[..., Finished], record: Path, tmp_path: Path) -> Callable[[str], Path]:
    def export(form: str) -> Path:
        path = tmp_path / f"out-{form}.json"
        done = harness("export", str(record), "--to", form, "-o", str(path))
        assert (done.returncode, done.stderr) == (0, "")
        return path

    return export


def test_every_format_is_offered() -> None:
    assert set(OFFERED) == set(FORMATS)


def read_by(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_pytest_benchmark_compares_it(exported: Callable[[str], Path]) -> None:
    path = exported("pytest-benchmark")
    said = read_by(str(BIN / "pytest-benchmark"), "compare", str(path), "--columns=min,median,rounds")
    assert "[sequential]" in said
    assert "[gevent]" in said
    assert "1,000.0" in said  # milliseconds of the reference
    said = json.loads(path.read_text())
    assert [len(one["stats"]["data"]) for one in said["benchmarks"]] == [8, 8]
    assert said["benchmarks"][1]["extra_info"]["ratio"]["verdict"] == "faster"


def test_pyperf_shows_and_compares_it(exported: Callable[[str], Path]) -> None:
    path = str(exported("pyperf"))
    assert "[gevent]" in read_by(sys.executable, "-m", "pyperf", "show", path)
    assert "Number of run" in read_by(sys.executable, "-m", "pyperf", "stats", path)
    assert "Geometric mean" in read_by(sys.executable, "-m", "pyperf", "compare_to", path, path)


def test_the_other_formats_hold_the_numbers(exported: Callable[[str], Path]) -> None:
    entries: list[dict[str, Any]] = json.loads(exported("github-action-benchmark").read_text())
    assert [entry["unit"] for entry in entries] == ["s", "s", "ratio"]
    assert entries[2]["value"] == pytest.approx(0.5, rel=0.01)
    (_, gevent) = json.loads(exported("bencher").read_text()).values()
    assert gevent["latency"]["value"] == pytest.approx(0.5e9, rel=0.01)
    assert gevent["ratio"]["lower_value"] <= gevent["ratio"]["value"] <= gevent["ratio"]["upper_value"]
    with exported("csv").open() as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 16
    assert {line["strategy"] for line in lines} == {"sequential", "gevent"}
    assert "| gevent" in exported("markdown").read_text()


def test_what_has_no_numbers_is_one_line(harness: Callable[..., Finished], tmp_path: Path) -> None:
    writer = store.Writer(tmp_path / "results", header())
    writer.close()
    done = harness("export", "--to", "csv")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "has no cell with numbers to export" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(("--to", "excel"), 2), ((), 2), (("nothing", "--to", "csv"), 2), (("--to", "csv", "-o", "/proc/no/such"), 2)],
)
def test_what_makes_no_sense_is_one_line(
    harness: Callable[..., Finished], record: Path, arguments: tuple[str, ...], status: int
) -> None:
    done = harness("export", *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (status, 1)


def test_a_record_that_is_damaged_is_exported_as_far_as_it_goes(record: Path) -> None:
    lines = record.read_bytes().splitlines(keepends=True)
    record.write_bytes(b"".join(lines[:-2]) + lines[-1][:40])
    assert isinstance(store.read(record), Record)
    torn = store.read(record)
    assert len(json.loads(FORMATS["bencher"](torn, list(measured(torn))))) == 2
