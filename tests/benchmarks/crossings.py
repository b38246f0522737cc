"""Crossings and bends that are known, under the noise of this machine: how often the intervals hold them, how narrow
they are, and whether lines that only touch are called crossing. `python -m tests.benchmarks.crossings --help`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
from tabulate import tabulate

from harness.statistics import knee
from harness.statistics.crossover import crossings, more
from harness.statistics.scale import Scale

KEPT = Path(__file__).with_name("proofs") / "crossings.jsonl"
HEADINGS = ("kind", "trials", "one found", "hold it", "narrow", "width 50 / 80 / 95 %", "points", "blocks")
MARGIN, BLOCKS, POINTS = 0.02, 400, 7
TOP, SIZES = 200.0, 6
BURSTS = 0.2
OFF = (-0.01, 0.0, 0.01)
WHOLE = Scale()
Pair = Callable[[float], float]
"""log(time of the first / time of the second) at a value, without noise."""


class Gate(NamedTuple):
    """A workload that admits so many tasks at once: their number, the fewest waves, and what each size more costs."""

    sizes: Sequence[int]
    waves: int = 25
    growth: float = 0.0


class Model(NamedTuple):
    """What is drawn, and the deviation of an arm in a block."""

    of: Gate | Callable[[np.random.Generator], tuple[Pair, float]]
    deviation: float = 0.02


def noise(random: np.random.Generator, deviation: float) -> float:
    """Of the log-ratio of two arms in a block: each arm has a deviation; a fifth of the blocks is 10 to 50 % slower,
    half of those on both arms."""
    both = random.normal(0, deviation, 2)
    if random.random() < BURSTS and random.random() < 0.5:
        both[random.integers(2)] += math.log(1 + random.uniform(0.1, 0.5))
    return float(both[0] - both[1])


def around(values: dict[float, float], blocks: int = 9) -> dict[float, list[float]]:
    """Blocks that lie near some log-ratios, by the value of the axis."""
    return {value: [d + OFF[n % 3] for n in range(blocks)] for value, d in values.items()}


def crossing_pair(random: np.random.Generator) -> tuple[Pair, float]:
    """Costs a + b n of two strategies that cross between 3 and 400 and differ by 5 % at 1 and at 1,000, and where."""
    while True:
        at = math.exp(random.uniform(math.log(3), math.log(400)))
        whole = at / random.uniform(0.1, 0.9)
        b = math.exp(-random.uniform(math.log(1.1), math.log(5)))

        def pair(n: float, first: float = whole - at, second: float = whole - b * at, b: float = b) -> float:
            return math.log((first + n) / (second + b * n))

        if pair(1) < -0.05 and pair(1000) > 0.05:
            return pair, at


def touching_pair(random: np.random.Generator) -> tuple[Pair, float]:
    """The same, moved so that they come within the margin at 1,000, or pass each other by less than it."""
    while True:
        pair, _ = crossing_pair(random)
        beyond = random.uniform(-MARGIN, 0.019) - pair(1000)

        def moved(n: float, pair: Pair = pair, beyond: float = beyond) -> float:
            return pair(n) + beyond

        if moved(1) < -0.05:
            return moved, 0.0


KINDS = {
    "crossing": Model(crossing_pair),
    "touching": Model(touching_pair),
    "crossing, 0.5 %": Model(crossing_pair, 0.005),
    "crossing, 5 %": Model(crossing_pair, 0.05),
    "touching, 5 %": Model(touching_pair, 0.05),
    "knee 5, 10, 40": Model(Gate((5, 10, 40))),
    "knee, 5 waves": Model(Gate((5, 10, 40), waves=5)),
    "knee, each costs": Model(Gate((5, 10, 40), growth=3e-4)),
    "knee 2 - 100": Model(Gate(range(2, 101))),
    "knee, 5 %": Model(Gate((5, 10, 40)), 0.05),
}


def search(measured: Callable[[float], float]) -> dict[str, Any]:
    """What `sweep` finds of two strategies from 1 to 1,000 where it has time for all that it wants to know."""
    seen = {value: [measured(value) for _ in range(3)] for value in WHOLE.spread(1, 1000, POINTS)}
    while (wanted := more(seen, WHOLE, MARGIN)) and sum(map(len, seen.values())) < BLOCKS:
        d = seen.setdefault(wanted.value, [])
        d += [measured(wanted.value) for _ in range(wanted.blocks - len(d))]
    found = [(one.low, one.high) for one in crossings(seen, WHOLE, MARGIN)]
    return {"found": found, "points": len(seen), "blocks": sum(map(len, seen.values()))}


def gate_times(random: np.random.Generator, gate: Gate) -> tuple[Pair, float, int]:
    """The log-ratio of a size to the largest for a round behind a gate of k, k, and the tasks: whole waves of them."""
    k = int(random.choice(gate.sizes))
    tasks = k * int(random.integers(gate.waves, 3 * gate.waves))

    def seconds(size: float) -> float:
        return math.ceil(tasks / min(size, k)) * (1 + gate.growth * size)

    return lambda size: math.log(seconds(size) / seconds(TOP)), k, tasks


def bend(measured: Callable[[float], float], tasks: int) -> dict[str, Any]:
    """What `sweep` finds of a strategy from 1 to 200 in flight."""
    seen = {size: [measured(size) for _ in range(3)] for size in WHOLE.spread(1, TOP, SIZES)[:-1]}
    while wanted := knee.more(seen, TOP, WHOLE):
        d = seen.setdefault(wanted.value, [])
        d += [measured(wanted.value) for _ in range(wanted.blocks - len(d))]
    said = knee.knee(seen, TOP, WHOLE, tasks)
    found = [(said.low, said.high)] if said else []
    return {"found": found, "points": len(seen) + 1, "blocks": sum(map(len, seen.values()))}


def trial(kind: str, seed: int) -> dict[str, Any]:
    """One pair or gate of a kind, and what is found of it."""
    model = KINDS[kind]
    random = np.random.default_rng([seed, *kind.encode()])
    if isinstance(model.of, Gate):
        pair, true, tasks = gate_times(random, model.of)
        found = bend(lambda value: pair(value) + noise(random, model.deviation), tasks)
    else:
        pair, true = model.of(random)
        found = search(lambda value: pair(value) + noise(random, model.deviation))
    return {"kind": kind, "seed": seed, "true": true} | found


def summary(kind: str, trials: Sequence[dict[str, Any]]) -> list[Any]:
    """How many of a kind's trials found one place, how many intervals hold the true one, and how narrow they are."""
    one = [(trial["true"], *trial["found"][0]) for trial in trials if len(trial["found"]) == 1]
    holds = sum(low <= true <= high for true, low, high in one)
    narrow = sum(high / low < 1.5 or high - low <= 1 for _, low, high in one)
    widths = np.quantile([high / low for _, low, high in one] or [np.nan], [0.5, 0.8, 0.95])
    points, blocks = ([trial[what] for trial in trials] for what in ("points", "blocks"))
    width = " / ".join(f"{width:.2f}" for width in widths)
    return [kind, len(trials), len(one), holds, narrow, width, max(points), float(np.median(blocks))]


def kept(path: Path) -> list[dict[str, Any]]:
    """The trials that were made."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@click.command()
@click.option("--trials", default=100, help="Of each kind.")
@click.option("--only", default="", help="Kinds whose name contains this.")
@click.option("--kept", "path", type=click.Path(path_type=Path), default=KEPT, show_default=True)
def main(trials: int, only: str, path: Path) -> None:
    """Make the trials that are lacking, one by one, and print what came of all."""
    made = {(one["kind"], one["seed"]) for one in kept(path)}
    with path.open("a") as file:
        for seed in range(trials):
            for kind in KINDS:
                if only in kind and (kind, seed) not in made:
                    print(json.dumps(trial(kind, seed)), file=file, flush=True)
    found = kept(path)
    rows = [summary(kind, mine) for kind in KINDS if (mine := [one for one in found if one["kind"] == kind])]
    print(tabulate(rows, HEADINGS))


if __name__ == "__main__":
    main()
