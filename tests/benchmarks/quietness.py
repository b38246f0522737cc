"""Whether a run on a Dask worker is as quiet as one without it.

`python -m tests.benchmarks.quietness [--runs 40] [--kept FILE]` measures two strategies that are the same, in turn here
and by a scheduler and a worker of Dask on this machine, and prints how often one was called slower or faster, and how
what is compared scatters: the log-ratio of both in a block. It wants a calm machine, and goes on where it was
stopped."""

from __future__ import annotations

import contextlib
import json
import math
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean, quantiles, stdev
from typing import Any

import click
from tabulate import tabulate

from tests.benchmarks.proof import KEPT, finished
from tests.benchmarks.tries import records
from tests.hostile import until

ARM = "from harness.strategies.greenlet import Greenlet\n\n\nclass Arm(Greenlet):\n    pass\n"
ASKED = ("-s", "greenlet,./arm.py:Arm", "-W", "switch", "-P", "switches=1", "--tasks", "1000", "--blocks", "12",
         "--rounds", "6", "--quiet", "--wait", "--json", "-")  # fmt: skip
HEADINGS = ("engine", "runs", "blocks", "slower or faster", "median", "standard deviation of a block", "engine, most")
DRAWS = 4000


@contextlib.contextmanager
def engine(folder: Path) -> Iterator[str]:
    """The address of a scheduler that has one worker. Raises RuntimeError where it does not come up."""
    dask, file = str(Path(sys.executable).with_name("dask")), folder / "scheduler.json"
    with contextlib.ExitStack() as stack:
        for words in (
            ("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)),
            ("worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard", "--no-nanny",
             "--local-directory", str(folder / "worker")),
        ):  # fmt: skip
            said = stack.enter_context((folder / f"{words[0]}.log").open("wb"))
            process = subprocess.Popen([dask, *words], cwd=folder, stdout=said, stderr=said)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            if not until(file.exists, 30):
                raise RuntimeError((folder / "scheduler.log").read_text()[-500:])
        yield str(json.loads(file.read_text())["address"])


def measured(folder: Path, *on: str) -> dict[str, Any]:
    """A run: whether a verdict was false, the median seconds of a round, the log-ratio of each block, and what the
    engine used for each second that was timed."""
    (folder / "arm.py").write_text(ARM)
    command = [sys.executable, "-m", "harness", "run", *ASKED, *on]
    said = json.loads(finished(command, folder, {}).stdout)
    one, other = said["groups"][0]["rows"]
    (record,) = records(folder)
    used = sum(mark.engine_seconds or 0.0 for mark in record.marks)
    took = sum(done.wall_seconds for sample in record.samples for done in sample.rounds)
    return {
        "false": other["ratio"]["verdict"] in ("slower", "faster"),
        "seconds": one["wall_seconds"]["median"],
        "blocks": log_ratios(one["each_block"], other["each_block"]),
        "engine": used / took,
    }


def log_ratios(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> list[float]:
    """Of the blocks that both have."""
    seconds = {block["block"]: block["seconds"] for block in one}
    return [math.log(block["seconds"] / seconds[block["block"]]) for block in other if block["block"] in seconds]


@click.command()
@click.option("--runs", default=40, show_default=True, help="Of each kind.")
@click.option("--kept", type=click.Path(dir_okay=False, path_type=Path), default=KEPT / "quietness.jsonl")
def main(runs: int, kept: Path) -> None:
    """Make what is still to be made, and print all."""
    kept.touch()
    made = [json.loads(line) for line in kept.read_text().splitlines()]
    with tempfile.TemporaryDirectory() as name, engine(Path(name)) as address:
        while len(made) < 2 * runs:
            on = ("--on", address) if len(made) % 2 else ()
            with tempfile.TemporaryDirectory() as folder:
                made.append({"on": bool(on)} | measured(Path(folder), *on))
            with kept.open("a") as file:
                file.write(json.dumps(made[-1]) + "\n")
            click.echo(json.dumps(made[-1]))
    click.echo(tabulate(rows(made), HEADINGS, floatfmt=".4g"))
    dask, none = ([one["blocks"] for one in made if one["on"] == on] for on in (True, False))
    source = random.Random(1)

    def anew(runs: Sequence[Sequence[float]]) -> float:
        return deviation(source.choices(runs, k=len(runs)))

    times = deviation(dask) / deviation(none)
    drawn = [anew(dask) / anew(none) for _ in range(DRAWS)]
    low, *_, high = quantiles(drawn, n=40)
    click.echo(f"beside Dask a block deviates {times:.3f} times as much ({low:.3f} - {high:.3f}, drawing runs anew)")


def deviation(runs: Sequence[Sequence[float]]) -> float:
    """The standard deviation of blocks, over all runs."""
    return stdev(block for run in runs for block in run)


def rows(made: list[dict[str, Any]]) -> Iterator[list[Any]]:
    """A line for each kind."""
    for on in (False, True):
        mine = [one for one in made if one["on"] == on]
        seconds = [one["seconds"] for one in mine]
        used = max(one["engine"] for one in mine)
        yield [
            "Dask" if on else "none",
            len(mine),
            sum(len(one["blocks"]) for one in mine),
            sum(one["false"] for one in mine),
            fmean(seconds),
            deviation([one["blocks"] for one in mine]),
            used,
        ]


if __name__ == "__main__":
    main()
