"""Each row of a group against each: the set of the best, every row against it, and verdicts between any two.
Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations, permutations
from typing import Literal, NamedTuple

from harness.record.plan import Plan
from harness.record.sample import Sample
from harness.statistics import best as mcb
from harness.statistics.best import Best, Pairs
from harness.statistics.early import EXACT, Early, Scatter, early, settled, told
from harness.statistics.fairness import incomparable
from harness.statistics.paired import PairedRatio, compare, log_ratios
from harness.statistics.ranks import hodges_lehmann
from harness.statistics.verdicts import Verdicts, bar, of_row, reasons, withheld

Standing = Literal["best", "same", "slower", "faster", "undecided"]


class Table(NamedTuple):
    """Each of a group's rows against each."""

    pairs: Pairs
    found: dict[tuple[int, int], Early | None]
    """What few blocks say of a pair."""
    candidates: list[int]
    """Those that may be the best."""
    left: list[int]
    """Of these, those that few blocks do not show to be far slower than another."""


class VersusBest(NamedTuple):
    """A row against the one of the best that is fastest so far, and how it stands; `than`: which row it is slower than,
    where that is another."""

    ratio: PairedRatio | None
    standing: Standing
    than: int | None = None


def table(
    plan: Plan, samples: Sequence[Sample], group: int, verdicts: Verdicts, good: Collection[int] | None = None
) -> Table:
    """What the blocks of a group say of any two of its rows (those in `good`) that have numbers."""
    mine = [sample for sample in samples if sample.group == group]
    numbers = {s: blocks for s, blocks in verdicts.arms.numbers.items() if good is None or s in good}
    pairs = {(i, j): log_ratios(numbers[i], numbers[j]) for i, j in combinations(numbers, 2)}
    bars = {(i, j): bar(plan, mine, i, j) for i, j in pairs}
    candidates = [s for s in numbers if may_win(plan, mine, s, verdicts)]
    return compete(pairs, bars, verdicts.arms.scatters, candidates, plan.margin)


def compete(
    pairs: Pairs,
    bars: Mapping[tuple[int, int], Mapping[int, float]],
    scatters: Mapping[int, Scatter],
    candidates: Sequence[int],
    margin: float,
) -> Table:
    """The same from the log-ratios of any two rows, each pair once, and what each of few blocks has to show of it."""
    said = {pair: early(d, scatters, len(pairs), margin, bars[pair]) for pair, d in pairs.items()}
    found = said | {(j, i): one and turned(one) for (i, j), one in said.items()}
    both = dict(pairs) | {(j, i): [-one for one in d] for (i, j), d in pairs.items()}
    beaten = {i for i, j in permutations(candidates, 2) if (one := found[i, j]) and one.side > 0}
    return Table(both, found, list(candidates), [s for s in candidates if s not in beaten])


def turned(said: Early) -> Early:
    """The same of the two the other way round."""
    return Early(-1 if said.side > 0 else 1, -said.high, -said.low, said.blocks)


def may_win(plan: Plan, samples: Sequence[Sample], place: int, verdicts: Verdicts) -> bool:
    """Whether a row may be the best of its group: its strategy is no mere lesson, or was asked for by name, and nothing
    makes its numbers those of something else."""
    return not plan.strategies[place].lesson and comparable(plan, samples, place, verdicts.unlike)


def comparable(plan: Plan, samples: Sequence[Sample], place: int, uneven: Collection[int]) -> bool:
    """Whether the numbers of a row of a group are of one thing, and of what its strategy says; `uneven`: the rows whose
    rounds were not alike."""
    return place not in uneven and not incomparable(plan.strategies[place], of_row(samples, place))


def the_best(found: Table, verdicts: Verdicts, margin: float) -> Best | None:
    """The set of the best; None where nothing can be said of one: no candidate, or too noisy a machine."""
    if not found.left or verdicts.too_noisy:
        return None
    return mcb.best(found.pairs, found.left, len(found.candidates), margin)


def versus_best(found: Table, best: Best, verdicts: Verdicts, margin: float) -> dict[int, VersusBest]:
    """Every row against the fastest of the best, which itself is 1."""
    leader = leading(found, best)
    rows = [i for (i, j), d in found.pairs.items() if j == leader and len(d)]
    why = reasons(None, verdicts.unlike, leader, rows)
    others = max(1, len(found.left) - 1)
    made = {leader: VersusBest(None, _of_member(best))}
    for place in rows:
        d, said = found.pairs[place, leader], found.found[place, leader]
        ratio = told(d, said, 2 * EXACT / others, margin) if said else compare(d, 2 * EXACT / others, margin)
        standing = _of_member(best) if place in best.members else _of_other(found, best, place, others, margin)
        withheld_ = place in why
        than = _than(found, leader, place, others) if standing == "slower" else None
        said_ = VersusBest(ratio, standing, than)
        made[place] = VersusBest(withheld(ratio, why[place]), "undecided") if withheld_ else said_
    return made


def leading(found: Table, best: Best) -> int:
    """Of the best, the one that is ahead of the most others of them by what their blocks centre on."""

    def ahead(i: int) -> int:
        ratios = [found.pairs[i, j] for j in best.members if j != i]
        return sum(hodges_lehmann(d) < 0 for d in ratios if len(d))

    return max(best.members, key=ahead)


def _of_member(best: Best) -> Standing:
    standings: dict[str, Standing] = {"fastest": "best", "level": "same", "open": "undecided"}
    return standings[best.how]


def _of_other(found: Table, best: Best, place: int, others: int, margin: float) -> Standing:
    """How a row stands that is none of the best: a candidate because another beats it; a lesson may be anything."""
    if place in found.candidates or any(_beats(found, one, place, others) for one in best.members):
        return "slower"
    if all(_beats(found, place, one, others) for one in best.members):
        return "faster"
    both = [pair for one in best.members for pair in ((place, one), (one, place))]
    return "same" if all(mcb.level(found.pairs[pair], EXACT / others, margin) for pair in both) else "undecided"


def _than(found: Table, leader: int, place: int, others: int) -> int | None:
    """Which row shows another to be slower, where the leading one does not."""
    if _beats(found, leader, place, others):
        return None
    return next((j for j in found.candidates if j != place and _beats(found, j, place, others)), None)


def _beats(found: Table, i: int, j: int, others: int) -> bool:
    """Whether row j is shown to be slower than row i."""
    said = found.found[j, i]
    return said.side > 0 if said else mcb.slower(found.pairs, j, i, others)


def verdicts_of_pairs(found: Table, verdicts: Verdicts, margin: float) -> dict[tuple[int, int], PairedRatio]:
    """The verdict between any two rows, each pair once: a family of its own."""
    some = {pair: d for pair, d in found.pairs.items() if pair[0] < pair[1] and len(d)}
    rows = settled(some, {pair: found.found[pair] for pair in some}, margin)
    why = {pair: reasons(verdicts.null, verdicts.unlike, pair[1], [pair[0]]) for pair in rows}
    return {(i, j): withheld(row, why[i, j][i]) if why[i, j] else row for (i, j), row in sorted(rows.items())}
