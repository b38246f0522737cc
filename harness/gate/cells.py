"""The cells of a gate: what a record of a base and a candidate has of each, and what the looks at it say. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from harness.gate import looks
from harness.gate.looks import Bounds, Cell, Said
from harness.record.plan import Plan
from harness.record.sample import Arm, Sample
from harness.statistics import early, metrics
from harness.statistics.numbers import values
from harness.statistics.paired import Rounds, log_ratios
from harness.statistics.verdicts import by_block, threaded, walls

BASE, CANDIDATE = "base", "candidate"
ARMS: tuple[Arm, Arm] = ("null", "row")
Limit = Callable[[str, str], float]
"""Of a workload and strategy: how much worse a candidate may be, as a share."""


class Pair(NamedTuple):
    """A strategy, and the places of its two arms in the plan."""

    strategy: str
    base: int
    candidate: int


@dataclass(frozen=True)
class Looked:
    """A cell as the looks see it, and what they said. Without numbers (`cell` is None) nobody waits for any, from the
    block on in which it `lost` them."""

    group: int
    pair: Pair
    limit: float
    bounds: Bounds
    base: float | None
    candidate: float | None
    cell: Cell | None
    said: Said | None
    lost: int | None

    @property
    def settled(self) -> int | None:
        """The block after which nothing more is to be said of it."""
        return self.lost if self.said is None else self.said.block


def ended(cells: Sequence[Looked]) -> int | None:
    """The block with which the gate ends: of the first regression, or that which settles the last cell. None: it goes
    on."""
    regressions = [one.said.block for one in cells if one.said and one.said.regression]
    settled = [one.settled for one in cells if one.settled is not None]
    return min(regressions) if regressions else max(settled, default=0) if len(settled) == len(cells) else None


def pairs(plan: Plan) -> list[Pair]:
    """The strategies of which a plan has both sides."""
    places = {strategy.name: place for place, strategy in enumerate(plan.strategies)}
    names = [name.removesuffix(f"@{CANDIDATE}") for name in places if name.endswith(f"@{CANDIDATE}")]
    both = [name for name in names if f"{name}@{BASE}" in places]
    return [Pair(name, places[f"{name}@{BASE}"], places[f"{name}@{CANDIDATE}"]) for name in both]


def number_of(plan: Plan) -> int:
    """Among how many cells the error of a regression is divided."""
    return max(1, len(pairs(plan)) * len(plan.groups))


def looked(plan: Plan, samples: Sequence[Sample], metric: str, limit: Limit, most: int) -> list[Looked]:
    """Every cell, group by group."""
    bounds = Bounds(most, number_of(plan))
    return [
        one for number in range(len(plan.groups)) for one in _in_group(plan, samples, number, metric, limit, bounds)
    ]


def _in_group(
    plan: Plan, samples: Sequence[Sample], number: int, metric: str, limit: Limit, bounds: Bounds
) -> Iterator[Looked]:
    declared, group = metrics.find(metric), plan.groups[number]
    mine = [sample for sample in samples if sample.group == number]
    read = values(declared, group)
    numbers = [by_block(mine, place, "row", read) for place in range(len(plan.strategies))]
    nulls = [by_block(mine, place, "null", read) for place in range(len(plan.strategies))]
    scatters = early.scatters([arm for arm in (*numbers, *nulls) if arm])
    noisy = frozenset[int]() if declared.counted else looks.noisy(_null(plan, mine), plan.margin, bounds)
    for pair in pairs(plan):
        share = limit(group.workload, pair.strategy)
        arms = numbers[pair.candidate], numbers[pair.base]
        ratios = _by_block(*(arms if declared.better == "lower" else arms[::-1]))
        least = early.THREADS if threaded(plan, mine, pair.base, pair.candidate) else early.STRICT
        bad = [one.block for one in mine if one.strategy in pair[1:] and one.arm == "row" and one.status != "ok"]
        cell = Cell(ratios, share, noisy, scatters, least) if ratios and not bad else None
        then, now = (_middle(numbers[place]) for place in (pair.base, pair.candidate))
        said = looks.first_said(cell, bounds) if cell else None
        yield Looked(number, pair, share, bounds, then, now, cell, said, None if cell else min(bad, default=0))


def _null(plan: Plan, samples: Sequence[Sample]) -> dict[int, float]:
    """How a cell differs from itself, in time, in each block that has it twice: the log-ratio of the two."""
    twins = ([by_block(samples, place, arm, walls) for arm in ARMS] for place in range(len(plan.strategies)))
    return {block: ratio for null, row in twins for block, ratio in _by_block(null, row).items()}


def _by_block(ours: Mapping[int, Rounds], theirs: Mapping[int, Rounds]) -> dict[int, float]:
    """The log-ratio of each block that both have."""
    return dict(zip(sorted(ours.keys() & theirs.keys()), log_ratios(ours, theirs), strict=True))


def _middle(blocks: dict[int, Rounds]) -> float | None:
    return median(median(rounds.values) for rounds in blocks.values()) if blocks else None
