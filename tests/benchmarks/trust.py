"""How far this program, pytest-benchmark and pyperf are to be trusted: identical code, and code with more tasks.

`python -m tests.benchmarks.trust [--minutes M] [--kept FILE]` makes comparisons, each a verdict of a tool's own,
until all are made (some hours) or the time is up, a like share of each kind at any moment; it goes on where it was
stopped, and prints the table. The batches are those of `batches.py`, run by the same code under every tool."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from tests.benchmarks.batches import SIZES
from tests.benchmarks.proof import KEPT, Kind, finished, go_on

ROOT = Path(__file__).parents[2]
BATCHES = "tests/benchmarks/batches.py"
THRESHOLD = 1.05
"""What people gate pytest-benchmark with: --benchmark-compare-fail=median:5%."""
OURS = ["--pin", "one", "--blocks", "16", "--max-time", "13.5", "--margin", "0.01", "--rounds"]
OURS_FINE = ["--pin", "one", "--blocks", "90", "--max-time", "85", "--margin", "0.005", "--rounds"]
ROUNDS = {"gevent": "8", "thread-pool": "14"}
"""As many as fill the time: those of the pool are shorter."""
TEST = """
import os
from tests.benchmarks.batches import batch

def test_batch(benchmark):
    benchmark(batch(os.environ["TRUST_ARM"]))
"""
BENCH = """
import os
import pyperf
from tests.benchmarks.batches import batch

pyperf.Runner().bench_func("batch", batch(os.environ["TRUST_ARM"]))
"""


KINDS = [
    Kind("this program", "gevent", 0, 100),
    Kind("this program", "gevent", 5, 100),
    Kind("pytest-benchmark", "gevent", 0, 30),
    Kind("pytest-benchmark", "gevent", 5, 30),
    Kind("pyperf", "gevent", 0, 30),
    Kind("pyperf", "gevent", 5, 30),
    Kind("this program", "thread-pool", 0, 40),
    Kind("this program", "thread-pool", 5, 40),
    Kind("this program", "gevent", 2, 20),
    *(Kind("instructions", batch, more, 30) for batch in ("asyncio", "gevent", "greenlet") for more in (0, 1)),
    *(Kind("instructions", "threads", more, 10) for more in (0, 1)),
]


def stem(batch: str) -> str:
    """What its classes in `batches.py` begin with."""
    return batch.title().replace("-", "")


def names(batch: str, more: int) -> list[str]:
    """The two classes in `batches.py`: identical code has another name."""
    return [f"{stem(batch)}0", f"{stem(batch)}{more or 'Again'}"]


def run(command: list[str], folder: Path, arm: str = "") -> str:
    """Run a tool; return what it printed. Raises RuntimeError where it failed."""
    return finished(command, folder, {"TRUST_ARM": arm}).stdout


def row(folder: Path, batch: str, more: int, tasks: int, at_once: int, options: Sequence[str]) -> dict[str, Any]:
    """One `harness run` of both arms; the second one's row."""
    arms = [word for name in names(batch, more) for word in ("-s", f"{ROOT / BATCHES}:{name}")]
    command = [sys.executable, "-m", "harness", "run", *arms, "-W", "switch", "-P", "switches=1"]
    sizes = ["--tasks", str(tasks), "--concurrency", str(at_once)]
    found: dict[str, Any] = json.loads(run([*command, *sizes, *options, "--wait", "--json", "-"], folder))["groups"][0]
    second: dict[str, Any] = found["rows"][1]
    return second


def ours(folder: Path, batch: str, more: int) -> str:
    """The verdict by time."""
    options = [*(OURS_FINE if more == 2 else OURS), ROUNDS[batch]]
    return str(row(folder, batch, more, *SIZES[stem(batch)], options)["ratio"]["verdict"])


def instructions(folder: Path, batch: str, more: int) -> str:
    """The verdict by instructions."""
    counted = ("--count", "instructions", "--blocks", "6", "--rounds", "1")
    return str(row(folder, batch, more, 1000, 1000, counted)["instructions_ratio"]["verdict"])


def pytest_benchmark(folder: Path, batch: str, more: int) -> str:
    """Two runs of pytest, one after the other, as people keep a baseline; the medians differ by the threshold."""
    (folder / "test_batch.py").write_text(TEST)
    medians = []
    for number, arm in enumerate(names(batch, more)):
        command = [sys.executable, "-m", "pytest", "-q", "--rootdir=.", "-c", os.devnull, "test_batch.py"]
        run([*command, f"--benchmark-json={number}.json"], folder, arm)
        medians.append(json.loads((folder / f"{number}.json").read_text())["benchmarks"][0]["stats"]["median"])
    ratio = medians[1] / medians[0]
    return "slower" if ratio > THRESHOLD else "faster" if ratio < 1 / THRESHOLD else "same"


def pyperf(folder: Path, batch: str, more: int) -> str:
    """Two runs of pyperf, and what `pyperf compare_to` says of them."""
    (folder / "bench.py").write_text(BENCH)
    for number, arm in enumerate(names(batch, more)):
        keep = "--inherit-environ=PYTHONPATH,TRUST_ARM"
        run([sys.executable, "bench.py", keep, "--quiet", "-o", f"{number}.json"], folder, arm)
    said = run([sys.executable, "-m", "pyperf", "compare_to", "0.json", "1.json"], folder)
    return next((word for word in ("slower", "faster") if word in said), "same")


TOOLS: dict[str, Callable[[Path, str, int], str]] = {
    "this program": ours,
    "instructions": instructions,
    "pytest-benchmark": pytest_benchmark,
    "pyperf": pyperf,
}


@click.command()
@click.option("--minutes", type=float, default=600.0)
@click.option("--only", default="", help="Only the tools whose names contain this.")
@click.option("--kept", type=click.Path(dir_okay=False, path_type=Path), default=KEPT / "trust.jsonl")
def main(minutes: float, only: str, kept: Path) -> None:
    """Make what is still to be made, and print all."""
    go_on(KINDS, lambda folder, kind: TOOLS[kind.tool](folder, kind.what, kind.more), kept, minutes, only)


if __name__ == "__main__":
    main()
