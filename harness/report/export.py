"""A record as the files of other tools. Pure functions: a record and its `measured` cells in, text out.

Formats: pytest-benchmark 5 (what `pytest-benchmark compare` reads), pyperf 1.0, github-action-benchmark's
customSmallerIsBetter, Bencher's metric format, CSV, Markdown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from typing import Any, NamedTuple

import msgspec

from harness.document.make import document
from harness.document.names import named
from harness.document.run import Row
from harness.record.plan import PlannedGroup
from harness.record.sample import Record, Round, Sample
from harness.report.table import tables
from harness.statistics.verdicts import walls
from harness.text import csv_cell


class Measured(NamedTuple):
    """A cell that has numbers: its group, its row of the document, and its samples, one for each block."""

    group: PlannedGroup
    row: Row
    samples: list[Sample]

    @property
    def workload(self) -> str:
        """The workload with the options that make the group, as people write it."""
        group = self.group
        return (
            f"{named(group.workload, group.options, group.shown)} tasks={group.tasks} concurrency={group.concurrency}"
        )

    @property
    def name(self) -> str:
        """Workload and strategy: unique within a record."""
        return f"{self.workload}[{self.row.name}]"

    @property
    def walls(self) -> list[list[float]]:
        """The seconds of the rounds, sample by sample; a server's are for each answer."""
        return [walls(sample).values for sample in self.samples]


def measured(record: Record) -> Iterator[Measured]:
    """The cells that have numbers."""
    plan = record.header.plan
    for number, (group, said) in enumerate(zip(plan.groups, document(record).groups, strict=True)):
        for place, row in enumerate(said.rows):
            mine = [one for one in record.samples if (one.group, one.strategy, one.arm) == (number, place, "row")]
            if row.status == "ok":
                yield Measured(group, row, [sample for sample in mine if sample.rounds])


PYTEST_HOST = {
    "node": "machine_key",
    "processor": "machine",
    "machine": "machine",
    "python_implementation": "implementation",
    "python_version": "python",
    "system": "system",
    "release": "kernel",
}
PYPERF_HOST = {
    "python_version": "python",
    "python_implementation": "implementation",
    "cpu_model_name": "cpu_model",
    "cpu_count": "cores",
}


def _host(record: Record, names: dict[str, str]) -> dict[str, Any]:
    """The machine under another tool's names."""
    host = record.machine
    return {theirs: host[ours] for theirs, ours in names.items() if ours in host}


def _commit(record: Record) -> dict[str, Any]:
    """What was checked out, as pytest-benchmark says it."""
    commit = record.header.commit
    if commit is None:
        return {"id": "unversioned", "time": None, "author_time": None, "dirty": False, "branch": None}
    time = commit.time.isoformat()
    said = {"id": commit.id, "time": time, "author_time": time, "dirty": commit.changed > 0}
    return said | {"branch": commit.branch}


def pytest_benchmark(record: Record, cells: Sequence[Measured]) -> str:
    """The JSON that `--benchmark-json` writes: a benchmark for each cell, a round of it for each of ours."""
    from pytest_benchmark.stats import Stats

    benchmarks = []
    for cell in cells:
        stats: Any = Stats()  # type: ignore[no-untyped-call]
        for sample in cell.walls:
            for seconds in sample:
                stats.update(seconds)
        benchmarks.append(
            {
                "group": cell.workload,
                "name": cell.name,
                "fullname": f"harness/{cell.group.workload}::{cell.name}",
                "params": {"strategy": cell.row.strategy, "variant": cell.row.variant} | cell.group.options,
                "param": cell.row.name,
                "extra_info": msgspec.to_builtins(cell.row),
                "options": {
                    "disable_gc": False,
                    "timer": "perf_counter",
                    "min_rounds": 1,
                    "max_time": 0.0,
                    "min_time": 0.0,
                    "warmup": bool(record.header.plan.warmup),
                },
                "stats": {field: getattr(stats, field) for field in Stats.fields}
                | {"data": stats.data, "iterations": 1},
            }
        )
    host = record.machine
    said = {
        "machine_info": _host(record, PYTEST_HOST)
        | {"cpu": {"brand_raw": host.get("cpu_model"), "count": host.get("cores")}},
        "commit_info": _commit(record),
        "benchmarks": benchmarks,
        "datetime": record.header.taken_at,
        "version": version("pytest-benchmark"),
    }
    return json.dumps(said, indent=4) + "\n"


def pyperf(record: Record, cells: Sequence[Measured]) -> str:
    """A suite of pyperf: a benchmark for each cell, a run of it for each of our workers."""
    same = _host(record, PYPERF_HOST) | {"unit": "second"}
    benchmarks = [
        {
            "metadata": {"name": cell.name, "loops": 1, "inner_loops": 1},
            "runs": [
                {
                    "values": walls,
                    "warmups": [[1, round.wall_seconds] for round in sample.warmups],
                    "metadata": {"mem_max_rss": max(round.peak_memory_bytes for round in sample.rounds)},
                }
                for sample, walls in zip(cell.samples, cell.walls, strict=True)
            ],
        }
        for cell in cells
    ]
    return json.dumps({"version": "1.0", "metadata": same, "benchmarks": benchmarks}) + "\n"


def github_action_benchmark(record: Record, cells: Sequence[Measured]) -> str:
    """customSmallerIsBetter: seconds, and the ratio to the reference, which is stable from machine to machine."""
    entries = []
    for cell in cells:
        wall, ratio = cell.row.wall_seconds, cell.row.ratio
        spread = f"{wall.low:.6g} - {wall.high:.6g}"
        entries.append({"name": cell.name, "unit": "s", "value": wall.median, "range": spread})
        if ratio and ratio.verdict:
            interval = f"{ratio.low:.4f} - {ratio.high:.4f}"
            about = {"range": interval, "extra": ratio.verdict}
            entries.append({"name": f"{cell.name} x reference", "unit": "ratio", "value": ratio.estimate} | about)
    return json.dumps(entries, indent=2) + "\n"


def bencher(record: Record, cells: Sequence[Measured]) -> str:
    """Bencher's metric format: latency in nanoseconds (its built-in measure), and the ratio with its interval."""
    said: dict[str, dict[str, Any]] = {}
    for cell in cells:
        wall, ratio = cell.row.wall_seconds, cell.row.ratio
        nanoseconds = {name: 1e9 * getattr(wall, key) for name, key in BOUNDS.items()}
        said[cell.name] = {"latency": nanoseconds}
        if ratio and ratio.verdict:
            said[cell.name]["ratio"] = {"value": ratio.estimate} | {f"{b}_value": getattr(ratio, k) for b, k in ENDS}
    return json.dumps(said, indent=2) + "\n"


BOUNDS = {"value": "median", "lower_value": "low", "upper_value": "high"}
ENDS = (("lower", "low"), ("upper", "high"))


def rounds_csv(record: Record, cells: Sequence[Measured]) -> str:
    """A line for each timed round, raw."""
    text = io.StringIO()
    numbers = [name for name in Round.__struct_fields__ if name != "load"]
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["run", "workload", "options", "tasks", "concurrency", "strategy", "block", "round", *numbers])
    for one in cells:
        group = one.group
        options = " ".join(f"{name}={value}" for name, value in group.options.items())
        for sample in one.samples:
            for number, round in enumerate(sample.rounds):
                about = [record.header.run, group.workload, options, group.tasks, group.concurrency]
                values = [getattr(round, name) for name in numbers]
                lines.writerow(map(csv_cell, [*about, one.row.name, sample.block, number, *values]))
    return text.getvalue()


def markdown(record: Record, cells: Sequence[Measured]) -> str:
    """The tables, for a page or a step summary."""
    return tables(document(record), "github") + "\n"


FORMATS: dict[str, Callable[[Record, Sequence[Measured]], str]] = {
    "pytest-benchmark": pytest_benchmark,
    "pyperf": pyperf,
    "github-action-benchmark": github_action_benchmark,
    "bencher": bencher,
    "csv": rounds_csv,
    "markdown": markdown,
}
