"""Which stored runs are a history of the cells that two runs have in common. Pure functions of headers and records.

Code is unchanged where the commit is the same and nothing differed from it, or, outside a repository, where the
workload's version alone is: a record says no more there. The machine, its kernel and the libraries count too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from harness.record.plan import Plan, PlannedGroup
from harness.record.sample import Header, Record
from harness.statistics.levels import levels
from harness.statistics.runs import FEWEST, Measured

MOST = 30
"""So many runs of a cell are read, the latest: more would hardly make an interval narrower."""
Key = tuple[Any, ...]


class Setting(NamedTuple):
    """What has to be the same for two runs to be of the same code in the same place."""

    machine: str
    kernel: str
    packages: tuple[tuple[str, str], ...]
    commit: str
    """Empty outside a repository."""


class Past(NamedTuple):
    """Runs that may be a history, and those whose strategy ran beside itself (`calibrate`); why others of the same
    cells are none; and a line for each file that could not be read."""

    runs: Sequence[Record] = ()
    calibrations: Sequence[Record] = ()
    others: Sequence[tuple[Header, str]] = ()
    unread: Sequence[str] = ()


NONE = Past()


def key(group: PlannedGroup) -> Key:
    """What two runs' groups have in common if they can be put side by side."""
    return group.workload, repr(sorted(group.options.items())), group.tasks, group.concurrency


def way(plan: Plan) -> dict[str, Any]:
    """How cells are measured, as far as it moves their numbers."""
    return {
        "--pin": plan.pin, "--fresh": plan.fresh, "--warmup": plan.warmup, "--slo": plan.slo,
        "--server-on": plan.server_on, "--load-from": ",".join(plan.load_from) or None, "--on": plan.reached.get("on"),
    }  # fmt: skip


def setting(header: Header) -> Setting | None:
    """That of a run; None where the tree had changes that are in no commit: nobody can tell what it was."""
    host, commit = header.host, header.commit
    if commit and commit.changed:
        return None
    packages = tuple(sorted(header.versions.items()))
    return Setting(str(host.get("machine_key")), str(host.get("kernel")), packages, commit.id if commit else "")


def why_not(header: Header, then: Header, now: Header) -> str | None:
    """Why a run of the same cells is no history of them; None where it is."""
    ours = [one for one in map(setting, (then, now)) if one]
    theirs = setting(header)
    machines = {str(one.host.get("machine_key")) for one in (then, now)}
    if str(header.host.get("machine_key")) not in machines:
        return "of another machine"
    if theirs is None:
        return "of a tree with changes that are in no commit"
    if theirs.commit not in [one.commit for one in ours]:
        return "of other code"
    if theirs not in ours:
        return "of another kernel or other packages"
    return None if way(header.plan) == way(now.plan) else "measured in another way"


def chosen(headers: Mapping[Path, Header], then: Header, now: Header) -> tuple[list[Path], list[tuple[Header, str]]]:
    """The runs to read, at most so many of each group, the latest; and why others of the same cells are no history.
    The two themselves, and copies of any, are neither."""
    there = {key(group) for group in then.plan.groups}
    shared = {key(group): group.version for group in now.plan.groups if key(group) in there}
    wanted, others = [], []
    had: Counter[Key] = Counter()
    seen = {then.run, now.run}
    for path, header in sorted(headers.items(), key=lambda one: one[1].run, reverse=True):
        mine = {key(group): group.version for group in header.plan.groups if key(group) in shared}
        if header.run in seen or not mine:
            continue
        seen.add(header.run)
        alike = [one for one, version in mine.items() if version == shared[one]]
        why = why_not(header, then, now) or (None if alike else "of a workload that has changed")
        if why:
            others.append((header, why))
        elif any(had[one] < MOST for one in alike):
            had.update(alike)
            wanted.append(path)
    return wanted, others


def is_calibration(header: Header) -> bool:
    """Whether a run is of a strategy beside itself, with nothing injected."""
    strategies = header.plan.strategies
    return len(strategies) == 2 and strategies[0].target == strategies[1].target and not strategies[1].slowdown


Numbers = dict[str, list[list[Measured]]]
"""By a strategy's identity: its cell's numbers, those of one code together."""


def history(group: PlannedGroup, reference: str, runs: Iterable[Record]) -> Numbers:
    """The numbers of a group's cells in past runs, against the reference of this identity. A run that was interrupted,
    or whose file is damaged, has none."""
    found = []
    for record in runs:
        plan = record.header.plan
        names = {strategy.identity: strategy.name for strategy in plan.strategies}
        for number in _places(group, plan) if whole(record) and reference in names else ():
            for place, one in levels(plan, record.samples, number, names[reference]).items():
                found.append((plan.strategies[place].identity, setting(record.header), one))
    return _by_code(found)


def calibrated(group: PlannedGroup, runs: Iterable[Record]) -> Numbers:
    """The estimates of a group's cells beside themselves."""
    found = []
    for record in runs:
        plan, code = record.header.plan, setting(record.header)
        for number in _places(group, plan) if whole(record) else ():
            twin = levels(plan, record.samples, number, plan.strategies[0].name).get(1)
            found += [(plan.strategies[0].identity, code, twin)] if twin else []
    return _by_code(found)


def _by_code(found: Iterable[tuple[str, Setting | None, Measured]]) -> Numbers:
    numbers: dict[str, dict[Setting | None, list[Measured]]] = {}
    for identity, code, one in found:
        numbers.setdefault(identity, {}).setdefault(code, []).append(one)
    return {identity: list(by_code.values()) for identity, by_code in numbers.items()}


def whole(record: Record) -> bool:
    """Whether a run came to its end, and its file is as it was written."""
    return not record.damaged and record.end is not None and record.end.status != "interrupted"


def loop_seconds(record: Record) -> float | None:
    """What the fixed loop took that the host runs between blocks; None where no block had one."""
    return median(mark.loop_seconds for mark in record.marks) if record.marks else None


def _places(group: PlannedGroup, plan: Plan) -> Iterator[int]:
    """Those of a group in a plan, its workload as it is."""
    for number, one in enumerate(plan.groups):
        if key(one) == key(group) and one.version == group.version:
            yield number


def lacking(group: PlannedGroup, identity: str, past: Past, found: Sequence[Sequence[Measured]]) -> str:
    """How much history a cell has, where that is too short, and what other runs of it are."""

    def has(header: Header) -> bool:
        named = identity in [strategy.identity for strategy in header.plan.strategies]
        return named and key(group) in map(key, header.plan.groups)

    count = sum(map(len, found))
    whys = Counter(why for header, why in past.others if has(header))
    whys["interrupted or damaged"] += sum(not whole(one) and has(one.header) for one in past.runs)
    more = ", ".join(f"{number} more {'is' if number == 1 else 'are'} {why}" for why, number in whys.items() if number)
    said = f"{count} {'run' if count == 1 else 'runs'} of history"
    if count >= FEWEST:
        missing = FEWEST - 1 - sum(len(runs) - 1 for runs in found)
        said += f" at {len(found)} commits, each with a mean of its own: {missing} more at one of them would do"
    return f"{said} ({more})" if more else said
