"""Whether the hosts of a run agree, of which an estimate is pooled. Pure functions.

A block is of one host, so a verdict of blocks of several holds for these hosts together; where their intervals lie
apart, none of them has the ratio that is pooled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from harness.record.plan import Plan
from harness.record.sample import Record, Sample
from harness.statistics.paired import ALPHA, PairedRatio, compare, log_ratios, smallest_n
from harness.statistics.verdicts import by_block, walls

ENGINE_SHARE = 0.001
"""Of a block, that what brings the blocks may use of a core."""


def disagreements(
    plan: Plan, samples: Sequence[Sample], reference: int, place: int, names: Mapping[int, str]
) -> Iterator[str]:
    """A sentence for each two hosts whose intervals of a row's ratio lie apart, at 5 % over all pairs of hosts. Hosts
    with fewer blocks than an interval needs are not looked at."""
    several = sorted({one.site for one in samples})
    level = ALPHA / max(1, len(several) * (len(several) - 1) // 2)
    found = {site: said for site in several if (said := _of_host(plan, samples, reference, place, site, level))}
    for (one, first), (other, second) in combinations(found.items(), 2):
        if first.high < second.low or second.high < first.low:
            yield (
                f"hosts disagree: x {first.low:.3g} to {first.high:.3g} on {name_of(names, one)}, "
                f"{second.low:.3g} to {second.high:.3g} on {name_of(names, other)}"
            )


def on_host(record: Record, lost: object, reason: str | None) -> str | None:
    """Why a row has no numbers; of a sample of a run on several hosts, on which of them."""
    measure = {site.number: site.name for site in record.sites if site.role != "generator"}
    if not reason or not isinstance(lost, Sample) or len(measure) < 2:
        return reason
    return f"{reason} (on {name_of(measure, lost.site)})"


def _of_host(
    plan: Plan, samples: Sequence[Sample], reference: int, place: int, site: int, level: float
) -> PairedRatio | None:
    mine = [one for one in samples if one.site == site]
    ratios = log_ratios(*(by_block(mine, strategy, "row", walls) for strategy in (place, reference)))
    return compare(ratios, level, plan.margin) if len(ratios) >= smallest_n(level) else None


def name_of(names: Mapping[int, str], site: int) -> str:
    """A host's name; its number, where the line that says it is damaged."""
    return names.get(site, f"host {site}")
