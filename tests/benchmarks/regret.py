"""What following `advise` costs against knowing: at points drawn from a seed, its pick, the model's alone and constant
rules against a full run at that point, beside the truth's own repeatability.

`python -m tests.benchmarks.regret` goes on where it was stopped: a line is kept for each point, in
`tests/benchmarks/proofs/regret.jsonl`. A machine that does nothing else is needed; 50 points take about two hours.
`--table` prints what is kept so far."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, median
from typing import Any, NamedTuple

import click
import msgspec
from tabulate import tabulate

from harness import HarnessError, Run, advice, run
from harness.advise.document import Advice
from tests.benchmarks.proof import KEPT

PATH = KEPT / "regret.jsonl"
SEED, POINTS = 21, 50
JOBS = Path(__file__).with_name("regret_jobs.py")
EASY, HARD = ("native", "plain"), ("cpu_first", "c_code", "lock", "gate", "fewer", "unreached", "computing")
TASKS, WAITING, COMPUTING, ROUND = (2, 2000), (0.0005, 0.2), (2e-5, 5e-3), (0.02, 1.0)
"""Drawn log-uniformly: tasks, and the seconds that each waits and computes; kept where the best round should take so
long."""
A_TASK = 3e-5
"""Seconds that starting a task takes, about."""
REACH = 5.0
"""Strategies that are foretold to take longer than so many times the least have no part in the truth."""
BLOCKS, SECONDS = 10, 120.0
LIMITS = (1.02, 1.05, 1.15)
HEADINGS = ("rule", *(f"<= {limit:g}" for limit in LIMITS), "mean", "worst")
Seconds = dict[str, list[float]]
"""Of a round under each strategy, block by block."""


class Point(NamedTuple):
    """What is to be done. Seconds."""

    kind: str
    tasks: int
    concurrency: int
    waiting: float
    computing: float


class Said(msgspec.Struct):
    """What came of a point."""

    point: Point
    use: list[str]
    model: str
    """The strategy that the model alone would use."""
    seconds: float
    """That the advice took."""
    truth: Seconds
    taken_at: str


def points(count: int, seed: int = SEED) -> Iterator[Point]:
    """Every other one is of a hard kind."""
    source = random.Random(seed)
    for number in range(count):
        kinds = HARD if number % 2 else EASY
        yield drawn(source, kinds[number // 2 % len(kinds)])


def drawn(source: random.Random, kind: str) -> Point:
    """A point of a kind whose best round should take as long as is wanted."""
    while True:
        ends = (TASKS, WAITING, COMPUTING)
        many, waiting, computing = (math.exp(source.uniform(math.log(low), math.log(high))) for low, high in ends)
        if source.random() < 0.25 and kind in EASY:
            computing = 0.0
        if kind == "computing":
            waiting = 0.0
        tasks = round(many)
        concurrency = max(1, tasks // source.choice((2, 4, 10))) if kind == "fewer" else tasks
        one_by_one = {"lock": waiting / 10, "gate": waiting / 10}.get(kind, 0.0)
        waves = math.ceil(tasks / concurrency)
        if ROUND[0] <= waves * waiting + tasks * (computing + one_by_one + A_TASK) <= ROUND[1]:
            return Point(kind, tasks, concurrency, waiting, computing)


def workload(point: Point) -> tuple[str, dict[str, float]]:
    """What is run at a point, and its options."""
    options = {"waiting": point.waiting, "computing": point.computing}
    native = point.kind in ("native", "computing", "fewer")
    return "mixed" if native else f"{JOBS}:{point.kind}", options


def asked(point: Point, results: Path, seconds: float, strategies: Sequence[str], blocks: int) -> Said:
    """The advice at a point, then the truth."""
    named, options = workload(point)
    sizes = {"tasks": point.tasks, "concurrency": point.concurrency}
    said = advice(named, options=options, strategies=strategies, max_time=seconds, results=results, **sizes)  # type: ignore[arg-type]
    truth = run(named, options=options, strategies=in_reach(said), blocks=blocks, results=results, **sizes)  # type: ignore[arg-type]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    model = next(name for name in said.foretold if name != "sequential")
    return Said(point, said.use, model, said.seconds, each_block(truth), now)


def in_reach(said: Advice) -> list[str]:
    """The strategies of the truth: all that are not foretold to be far off, and all that the advice has measured."""
    least = min(seconds for name, seconds in said.foretold.items() if name != "sequential")
    near = [name for name, seconds in said.foretold.items() if seconds <= REACH * least and name != "sequential"]
    return list(dict.fromkeys([*near, *said.verified]))


def each_block(truth: Run) -> Seconds:
    """What a run has of each row."""
    rows = [row for row in truth.groups[0].rows if row.status == "ok"]
    return {row.strategy: [one.seconds for one in row.each_block] for row in rows}


def regret(names: Sequence[str], truth: Seconds, turn: slice = slice(None)) -> float:
    """How many times the best a strategy takes: the worst of some, by the medians of those blocks. Infinity for one
    that the truth does not have: it was out of reach, or it fails."""
    medians = {name: median(found[turn]) for name, found in truth.items() if found[turn]}
    return max((medians.get(name, math.inf) for name in names), default=math.inf) / min(medians.values())


def repeated(truth: Seconds) -> list[float]:
    """The best of each half of the blocks, judged by the other half."""
    turns = slice(0, None, 2), slice(1, None, 2)
    found = []
    for one, other in (turns, turns[::-1]):
        best = min(truth, key=lambda name: median(truth[name][one]))
        found.append(regret([best], truth, other))
    return found


def rules(said: Sequence[Said]) -> dict[str, list[float]]:
    """The regret of each rule at each point."""
    names = sorted({name for one in said for name in one.truth})
    constant = {f"always {name}": [regret([name], one.truth) for one in said] for name in names}
    return {
        "advise: the first": [regret(one.use[:1], one.truth) for one in said],
        "advise: the worst that it names": [regret(one.use, one.truth) for one in said],
        "the model alone": [regret([one.model], one.truth) for one in said],
        **constant,
        "the truth: one half by the other": [times for one in said for times in repeated(one.truth)],
    }


def table(said: Sequence[Said]) -> str:
    """How often each rule is near the best, and its worst; the seconds that advice took."""
    rows = []
    for rule, found in rules(said).items():
        near = [f"{sum(times <= limit for times in found)} of {len(found)}" for limit in LIMITS]
        rows.append([rule, *near, f"{fmean(found):.3f}", f"{max(found):.2f}"])
    took = sorted(one.seconds for one in said)
    within = f"advice took {median(took):.0f} s (median), {took[-1]:.0f} s at most; {len(said)} points"
    return f"{tabulate(rows, HEADINGS, disable_numparse=True)}\n\n{within}"


def kept(path: Path) -> list[Said]:
    """The points that are made already. Raises click.ClickException where nobody can read them."""
    try:
        path.touch()
        return [msgspec.json.decode(line, type=Said) for line in path.read_bytes().splitlines()]
    except (OSError, msgspec.MsgspecError) as error:
        raise click.ClickException(f"{path}: {error}") from None


def go_on(
    path: Path, results: Path, count: int, end: float, say: Callable[[str], Any], seconds: float = SECONDS,
    strategies: Sequence[str] = ("all",), blocks: int = BLOCKS,
) -> None:  # fmt: skip
    """Make the points that are lacking, in their order, until a time of the monotonic clock."""
    done = len(kept(path))
    for point in list(points(count))[done:]:
        if time.monotonic() > end:
            return
        try:
            one = asked(point, results, seconds, strategies, blocks)
        except HarnessError as error:
            raise click.ClickException(f"{point}: {error}") from None
        with path.open("a") as file:
            file.write(json.dumps(msgspec.to_builtins(one)) + "\n")
        say(f"{point}: {' or '.join(one.use)}, {regret(one.use[:1], one.truth):.3f} of the best, {one.seconds:.0f} s")


@click.command()
@click.option("--points", "count", default=POINTS, show_default=True)
@click.option("--minutes", default=180.0, show_default=True)
@click.option("--results", type=click.Path(path_type=Path), default=Path("results") / "regret", show_default=True)
@click.option("--table", "only", is_flag=True, help="Measure nothing.")
def main(count: int, minutes: float, results: Path, only: bool) -> None:
    """Make the points that are lacking, and print what all say."""
    if not only:
        go_on(PATH, results, count, time.monotonic() + 60 * minutes, lambda text: click.echo(text, err=True))
    said = kept(PATH)
    click.echo(table(said) if said else "no point is made yet")


if __name__ == "__main__":
    main()
