"""Two stored runs side by side. Their rounds were not interleaved, so a verdict comes
of how much runs differ by themselves, and of nothing else. Pure functions of records."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import median

from harness.document import again
from harness.document.bases import Common, Found, Pair, bases
from harness.document.beside import Beside, Both, Comparison, Said
from harness.document.differing import refuse_machines, remarks, same_pages, ways
from harness.document.make import against, document
from harness.document.names import named, sizes
from harness.document.past import NONE, Past, key, whole
from harness.document.run import Estimate, Group, Row
from harness.errors import HarnessError
from harness.record.sample import Record
from harness.statistics.metrics import BUILT_IN
from harness.statistics.paired import ALPHA
from harness.statistics.ranks import shift
from harness.statistics.runs import Judged, judged
from harness.statistics.verdicts import by_block, walls


def compare(
    then: Record, now: Record, past: Past = NONE, reference: str | None = None, here: bool = False
) -> Comparison:
    """A group for each that both records have, with a row for each strategy that has numbers in both.

    Verdicts come of `past`. Ratios are against `reference`, or else against that of `now`, or of `then`, whichever
    both have. `here`: whether this program itself lies in the repository. Raises HarnessError where the machines
    differ, a workload has changed, nothing is in both, or both do not have the reference."""
    refuse_machines(then, now)
    common = _reference(then, now, reference)
    if common:
        then, now = against(then, common[0]), against(now, common[0])
    said = document(then, BUILT_IN).groups, document(now, BUILT_IN).groups
    groups = list(_groups(then, now, said[0], said[1], common))
    if not groups:
        raise HarnessError(
            f"{then.header.run} and {now.header.run} have no cell in common: {_cells(then)}; {_cells(now)}; "
            "`list runs` shows others"
        )
    found = [bases(both, then, now, past) for both in groups]
    margin = now.header.plan.margin
    moves = [(number, place) for number, some in enumerate(found) for place, one in enumerate(some) if one.moved]
    verdicts = judged([one.moved for some in found for one in some if one.moved], margin)
    by_cell = dict(zip(moves, verdicts, strict=True))
    together = [
        _together(
            both, then, now, here, [(one, by_cell.get((number, place))) for place, one in enumerate(found[number])]
        )
        for number, both in enumerate(groups)
    ]
    pairs = [(said[0][both.old], said[1][both.new]) for both in groups]
    itself = ["both are the same run: it has moved by nothing"] if then.header.run == now.header.run else []
    told = list(remarks(then, now, pairs, sum(len(both.pairs) for both in groups)))
    return Comparison(
        then=then.header.run,
        now=now.header.run,
        margin=margin,
        same_code=again.same_code(then.header, now.header),
        groups=together,
        remarks=[*itself, *told, *_of_history(then, now, past, found)],
    )


def _reference(then: Record, now: Record, asked: str | None) -> tuple[str, str] | None:
    """The name and identity of what the ratios of both are against; None where they have nothing in common to be it."""
    old, new = ({one.name: one.identity for one in record.header.plan.strategies} for record in (then, now))
    for name in (asked,) if asked else (now.header.plan.reference, then.header.plan.reference):
        if name in old and old[name] == new.get(name):
            return name, new[name]
    if asked:
        both = ", ".join(name for name in new if new[name] == old.get(name)) or "nothing"
        names = [f"{one.header.run} has {', '.join(had)}" for one, had in ((then, old), (now, new))]
        raise HarnessError(f"--reference {asked}: {'; '.join(names)}; in both: {both}")
    return None


def _groups(
    then: Record, now: Record, before: Sequence[Group], after: Sequence[Group], reference: tuple[str, str] | None
) -> Iterator[Common]:
    places = {key(group): number for number, group in enumerate(then.header.plan.groups)}
    for number, group in enumerate(now.header.plan.groups):
        if (old := places.get(key(group))) is None:
            continue
        version = then.header.plan.groups[old].version
        if version != group.version:
            raise HarnessError(
                f"the workload {group.workload} has changed: version {version} then, {group.version} now; "
                "`gate --base git:REVISION` runs both in the same blocks"
            )
        if pairs := list(_pairs(then, old, before[old], now, number, after[number])):
            there = reference and {before[old].reference, after[number].reference} == {reference[0]}
            yield Common(old, number, group, pairs, reference if there else None)


def _pairs(then: Record, old_group: int, before: Group, now: Record, new_group: int, after: Group) -> Iterator[Pair]:
    """The cells of a group that have numbers in both runs."""
    past = {one.identity: place for place, one in enumerate(then.header.plan.strategies)}
    other_way = next(ways(then.header, now.header), None)
    for place, strategy in enumerate(now.header.plan.strategies):
        row, old = after.rows[place], past.get(strategy.identity)
        if old is None or row.status != "ok" or before.rows[old].status != "ok":
            continue
        row_then = before.rows[old]
        logs = _logs(then, old_group, old), _logs(now, new_group, place)
        if not all(logs):
            continue
        unlike = None if same_pages(row_then, row) else "it was not sent the same then and now"
        withheld = other_way or unlike or _withheld(row_then, "then") or _withheld(row, "now")
        yield Pair(strategy.identity, old, place, row_then, row, logs, strategy.threads_per_task > 0, withheld)


def _withheld(row: Row, when: str) -> str | None:
    """Why a run by itself gives no verdict of a row whatever its blocks say."""
    reason = row.ratio.reason if row.ratio and row.ratio.verdict else None
    return f"{when}, {reason}" if reason and reason.startswith("withheld") else None


def _together(both: Common, then: Record, now: Record, here: bool, said: Sequence[tuple[Found, Judged | None]]) -> Both:
    """A group with its rows, and what would tell of those that have no verdict."""
    pairs = zip(both.pairs, said, strict=True)
    rows = [_beside(both, pair, *one) for pair, one in pairs]
    reference = both.reference[0] if both.reference else None
    open_ = [row for row in rows if row.verdict in ("none", "undecided")]
    command = None
    if any(row.name != reference for row in open_) or len(rows) == 1:  # the reference alone may have no verdict
        command = _command(both, then, now, here, [row.strategy for row in open_ if row.variant is None])
    group = both.group
    return Both(group.workload, group.options, group.tasks, rows, group.concurrency, group.shown, reference, command)


def _command(both: Common, then: Record, now: Record, here: bool, strategies: list[str]) -> str | None:
    """What would tell of some strategies; None without any."""
    if not strategies:
        return None
    if gate := again.tells(then.header, now.header, both.group, strategies, here):
        return gate
    reference = both.reference[0] if both.reference and "@" not in both.reference[0] else strategies[0]
    return again.run(now.header.plan, both.group, list(dict.fromkeys([reference, *strategies])))


def _beside(both: Common, pair: Pair, found: Found, judged_: Judged | None) -> Beside:
    row, alike = pair.after, both.reference is not None
    verdict: Said = judged_.verdict if judged_ else "none"
    return Beside(
        strategy=row.strategy,
        variant=row.variant,
        name=row.name,
        then_seconds=pair.before.wall_seconds.median,
        now_seconds=row.wall_seconds.median,
        then_spread=pair.before.wall_seconds,
        now_spread=row.wall_seconds,
        ratio=_estimate(*shift(pair.logs[1], pair.logs[0], ALPHA)),
        then_ratio=pair.before.ratio if alike else None,
        now_ratio=row.ratio if alike else None,
        hint="slower" if verdict == "slower" else "faster" if verdict == "faster" else "none",
        verdict=verdict,
        basis=found.basis,
        of=found.of,
        interval=_estimate(found.moved.estimate, judged_.low, judged_.high) if found.moved and judged_ else None,
        level=judged_.level if judged_ else None,
        reason=found.reason if verdict in ("none", "slower", "faster") else None,
    )


def _estimate(*logs: float) -> Estimate:
    return Estimate(*(math.exp(min(max(one, -FAR), FAR)) for one in logs))


FAR = 700.0
"""The logarithm of what a number can hold."""


def _of_history(then: Record, now: Record, past: Past, found: Sequence[Sequence[Found]]) -> Iterator[str]:
    """What a reader should know of the runs that verdicts come of."""
    if past.unread:
        files = "1 file of the results is" if len(past.unread) == 1 else f"{len(past.unread)} files of the results are"
        yield f"{files} no history: {past.unread[0]}"
    days = {one.header.taken_at[:10] for one in past.runs if whole(one)}
    own = {one.header.taken_at[:10] for one in (then, now)}
    if len(days) == 1 and own != days and any(one.basis == "history" for some in found for one in some):
        yield f"the history is all of {days.pop()}: how much runs of different days differ is not in it"


def _logs(record: Record, group: int, strategy: int) -> list[float]:
    """The logarithm of each sample's number."""
    mine = [sample for sample in record.samples if sample.group == group]
    blocks = by_block(mine, strategy, "row", walls)
    return [math.log(median(rounds.values)) for rounds in blocks.values()]


def _cells(record: Record) -> str:
    """What a record is of, for whoever compared it with something else."""
    groups = record.header.plan.groups
    strategies = ", ".join(strategy.identity for strategy in record.header.plan.strategies)
    return f"{record.header.run} has {strategies} on " + ", ".join(
        f"{named(group.workload, group.options, group.shown)} of {sizes(group.tasks, group.concurrency)}"
        for group in groups
    )
