"""What the rules say of blocks that nobody measured: by our own functions, try by try.

`python -m tests.simulated early|best` prints the tables of docs/trust.md (`--tries`: in a shorter form)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import combinations, product
from typing import Any, NamedTuple

import click
import numpy as np
from tabulate import tabulate

from harness.statistics import best as mcb
from harness.statistics.early import LEAST, STRICT, THREADS, Early, Scatter, early, pooled
from harness.statistics.pairwise import Table, compete
from tests.noise import MODELS, blocks

MARGIN = 0.02
RULES = {"usual": LEAST, "strict": STRICT, "threads": THREADS}
Try = list[list[float]]
"""The logarithms of each arm's times, the null arm among them, block by block."""


class Lazy(dict[int, Scatter]):
    """What is pooled from a try at each look, once it is asked for."""

    def __init__(self, arms: Try) -> None:
        self._arms = arms

    def __contains__(self, n: object) -> bool:
        return True

    def __missing__(self, n: int) -> Scatter:
        self[n] = pooled([arm[:n] for arm in self._arms])
        return self[n]


def difference(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    return [one - other for one, other in zip(ours, theirs, strict=True)]


def said_early(arms: Try, rule: Mapping[int, float], pair: tuple[int, int] = (0, 1)) -> Early | None:
    """What few blocks say of two arms of a try, whose last arm is the null's: one of all its comparisons."""
    comparisons = max(1, math.comb(len(arms) - 1, 2))
    return early(difference(arms[pair[0]], arms[pair[1]]), Lazy(arms), comparisons, MARGIN, rule)


def competed(arms: Try, threads: int = 0) -> tuple[Table, mcb.Best]:
    """The set of the best of a try; so many of the first arms use threads."""
    pairs = {(i, j): difference(arms[i], arms[j]) for i, j in combinations(range(len(arms)), 2)}
    bars = {(i, j): THREADS if i < threads else LEAST for i, j in pairs}
    table = compete(pairs, bars, Lazy(arms), range(len(arms)), MARGIN)
    return table, mcb.best(table.pairs, table.left, len(arms), MARGIN)


def needed(arms: Try, threads: int = 0) -> int:
    """The blocks of a run that stops as ours do: those that are needed for what five blocks leave open."""
    return max(5, mcb.fewest(len(competed([arm[:5] for arm in arms], threads)[0].left)))


class Case(NamedTuple):
    """What is drawn: a model, the deviation of its log-ratios, arms, blocks, and how many tries."""

    model: str
    deviation: float
    arms: int
    number: int
    tries: int
    seed: int = 1

    def draw(self) -> Any:
        key = MODELS.index(self.model), int(1e4 * self.deviation), self.arms, self.number
        return blocks(np.random.default_rng((self.seed, *key)), *self[:1], self.tries, *self[2:4], self.deviation)


def false_verdicts(case: Case) -> dict[str, int]:
    """How many of a case's null comparisons each rule calls, within five blocks."""
    made = case.draw().tolist()
    return {name: sum(said_early(arms, rule) is not None for arms in made) for name, rule in RULES.items()}


def found(case: Case, effect: float) -> dict[str, float]:
    """The share of tries in which an arm that is so many times slower is called, by three blocks and by five."""
    made = case.draw()
    made[:, 0] += math.log(effect)
    said = [[said_early(arms, rule) for rule in (LEAST, STRICT)] for arms in made.tolist()]
    return {
        f"{name} {n}": sum(bool(one[rule] and one[rule].side > 0 and one[rule].blocks <= n) for one in said) / len(said)
        for rule, name in enumerate(("usual", "strict"))
        for n in (3, 5)
    }


def kept(case: Case, threads: int = 0, stops: bool = False) -> dict[str, float]:
    """Of tries whose arms are all level: the share in which the true best (any of them: the first) stays, and how many
    stay; after all blocks, or as a run stops."""
    sets = []
    for arms in case.draw().tolist():
        n = min(needed(arms, threads), case.number) if stops else case.number
        sets.append(competed([arm[:n] for arm in arms], threads)[1].members)
    return {"kept": sum(0 in one for one in sets) / len(sets), "size": sum(map(len, sets)) / len(sets)}


def apart(case: Case, slower: float = 1.1) -> dict[str, float]:
    """Of tries with one best and the others so many times slower: the share in which it stays, how many stay, and the
    share in which any that is beyond the margin is called level."""
    made = case.draw()
    made[:, 1:] += math.log(slower)
    sets = [competed(arms)[1] for arms in made.tolist()]
    level = sum(one.how == "level" and len(one.members) > 1 for one in sets)
    return {
        "kept": sum(0 in one.members for one in sets) / len(sets),
        "size": sum(len(one.members) for one in sets) / len(sets),
        "wrongly level": level / len(sets),
    }


def early_tables(tries: int, pool: ProcessPoolExecutor) -> Iterator[str]:
    cases = [Case(*one, 5, tries) for one in product(MODELS, (0.003, 0.01, 0.03, 0.05), (3, 7))]
    counted = pool.map(false_verdicts, cases)
    lines = [[case.model, case.deviation, case.arms, *said.values()] for case, said in zip(cases, counted, strict=True)]
    worst = [
        [model, *(max(line[at] for line in lines if line[0] == model) for at in range(3, 3 + len(RULES)))]
        for model in MODELS
    ]
    yield f"false verdicts within five blocks, of {tries:,} null comparisons: the most of 0.3, 1, 3, 5 % and 3, 7 arms"
    yield tabulate(worst, ["noise", *RULES])
    cases = [Case(*one, 5, max(200, tries // 25)) for one in product(MODELS[:-1], (0.01, 0.03), (3, 7))]
    lines = []
    for effect in (1.3, 2.0, 10.0):
        said = pool.map(partial(found, effect=effect), cases)
        lines += [[*case[:3], effect, *one.values()] for case, one in zip(cases, said, strict=True)]
    yield "found, share of tries: by three blocks and by five"
    yield tabulate(
        sorted(lines), ["noise", "deviation", "arms", "effect", *("usual 3", "usual 5", "strict 3", "strict 5")]
    )


def best_tables(tries: int, pool: ProcessPoolExecutor) -> Iterator[str]:
    headings = ["noise", "lowest", "mean", "as a run stops: lowest", "mean"]
    lines = []
    for model in MODELS:
        threads = 2 if model == "modes" else 0
        cases = [Case(model, *one, tries) for one in product((0.01, 0.03), (2, 5, 10), (6, 8, 10, 20))]
        some = [one["kept"] for one in pool.map(partial(kept, threads=threads), cases)]
        runs = [Case(model, deviation, k, 12, tries) for deviation, k in product((0.01, 0.03), (2, 5, 10))]
        stopped = [one["kept"] for one in pool.map(partial(kept, threads=threads, stops=True), runs)]
        lines.append([model, *(f"{100 * one:.1f}" for both in (some, stopped) for one in (min(both), np.mean(both)))])
    yield f"the true best stays, all arms level, %: {tries:,} tries of each of 24 cases, and of 6"
    yield tabulate(lines, headings)
    cases = [Case(model, *one, tries // 2) for model in MODELS[:-1] for one in ((0.01, 5, 10), (0.03, 5, 10))]
    said = pool.map(apart, cases)
    yield "one best, the others 10 % slower: it stays, how many stay of 5, one of the others is called level"
    yield tabulate([[*case[:2], *one.values()] for case, one in zip(cases, said, strict=True)])


@click.command()
@click.argument("what", type=click.Choice(["early", "best"]))
@click.option("--tries", type=click.IntRange(50), help="Of each case.  [default: 100,000 and 2,000]")
def main(what: str, tries: int | None) -> None:
    with ProcessPoolExecutor() as pool:
        made = early_tables(tries or 100_000, pool) if what == "early" else best_tables(tries or 2000, pool)
        for text in made:
            click.echo(f"{text}\n")


if __name__ == "__main__":
    main()
