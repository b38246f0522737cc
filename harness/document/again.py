"""The command that repeats what was measured, or asks what two stored runs cannot say. Pure functions of plans.

What was asked for is typed, and what is as it is where nobody says is not. No password is in a command."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from harness.document.names import typed
from harness.plan import usual
from harness.plan.request import Request
from harness.record.plan import Plan, PlannedGroup
from harness.record.sample import Header
from harness.statistics.early import FIRST_LOOK
from harness.text import without_password

PROGRAM = ("python", "-m", "harness")
HERE, FOLDER = "path:.", "FOLDER"
"""The second stands for the one that holds the code as it was: no record says where that is."""
OURS = "harness."
"""How the targets begin of what this program brings."""
Flags = Mapping[str, Any]
"""Options by their long names; those that are None or False are not typed, and of one that is True only the name."""


def command(name: str, flags: Flags, strategies: Sequence[str], groups: Sequence[PlannedGroup]) -> str:
    """A command of this program, quoted for a shell: on strategies and the workloads of groups that it made."""
    words = [*PROGRAM, name, *typed_flags(flags), "-s", ",".join(strategies)]
    for workload in dict.fromkeys(group.workload for group in groups):
        words += ["-W", workload]
    return shlex.join([without_password(word) for word in (*words, *_params(groups), *_sizes(groups))])


def tells(then: Header, now: Header, group: PlannedGroup, strategies: Sequence[str], here: bool = False) -> str | None:
    """The gate that runs what both runs were of in the same blocks; None where there is nothing for it to tell.

    What this program brings is the same in both, but for its libraries, unless the program lies `here`, in the
    repository that was measured: a gate of two revisions is of those strategies whose cells have code of theirs."""
    if same_code(then, now):
        return None
    targets = {one.name: one.target for one in now.plan.strategies}
    own = [name for name in strategies if here or not (_is_ours(group.target) and _is_ours(targets.get(name, name)))]
    base, candidate = _spec(then, now, bool(own) and f"path:{FOLDER}"), _spec(now, then, bool(own) and HERE)
    if not (base and candidate):
        return None
    flags = {"base": base, "candidate": _unless(HERE, candidate), "fresh": now.plan.fresh}
    if "on" in now.plan.reached and "pip:" not in base + candidate:  # hosts have one environment
        flags |= now.plan.reached
    return command("gate", flags, own or strategies, [group])


def run(plan: Plan, group: PlannedGroup, strategies: Sequence[str]) -> str:
    """The run of the same cells, measured as they were."""
    quick = plan.settle and plan.blocks <= FIRST_LOOK
    rounds = None if plan.fresh or (quick and plan.rounds == 1) else plan.rounds
    how: dict[str, Any] = {**reached(plan)}
    how |= {} if plan.server_on else {"pin": _unless(Request.pin, plan.pin)}
    how |= {"fresh": plan.fresh, "quick": quick, "rounds": rounds}
    how |= {"warmup": _unless(int(not plan.fresh), plan.warmup), **_blocks(plan)}
    how |= {name: _unless(getattr(Request, name), getattr(plan, name)) for name in SAME}
    how |= {"memory_limit": plan.memory_limit and _size(plan.memory_limit)}
    how |= {"count-with": plan.count_with} if plan.count else {}
    if plan.slo:
        slo = None if plan.slo == usual.USUAL_SLO else f"{1e3 * plan.slo:.15g}ms"
        how |= {"slo": slo, "find-capacity": True}
    return command("run", {name.replace("_", "-"): value for name, value in how.items()}, strategies, [group])


def reached(plan: Plan) -> dict[str, str | bool]:
    """The options that name the hosts of a plan, and how they are reached; none where this machine measures."""
    apart = {"server-on": plan.server_on, "load-from": ",".join(plan.load_from)} if plan.server_on else {}
    return {**apart, **plan.reached}


SAME = ("timeout", "margin", "precision", "allow_failures", "count", "silence", "values")
"""What a plan has as it was asked for."""


def same_code(then: Header, now: Header) -> bool:
    """Whether both runs are of one commit without changes and of the same libraries: nothing for a gate to tell."""
    return bool(_commit(then)) and _commit(then) == _commit(now) and then.versions == now.versions


def _unless(default: Any, value: Any) -> Any:
    return None if value == default else value


def _blocks(plan: Plan) -> Flags:
    """Blocks and seconds of a run, where somebody asked for them: who asks for blocks has no limit of time else."""
    if plan.settle:
        return {"max-time": _unless(usual.USUAL_SECONDS, plan.max_time)}
    many = usual.FRESH_BLOCKS if plan.fresh else usual.USUAL_BLOCKS
    default = usual.CAPACITY_BLOCKS if plan.slo else usual.MOST_BLOCKS if plan.precision else many
    looks = plan.precision or plan.slo or plan.count
    asked = not looks or plan.blocks != default or (plan.max_time is None and not plan.slo)
    seconds = usual.PRECISE_SECONDS if plan.precision else usual.USUAL_SECONDS
    limit = None if asked or plan.slo else seconds
    return {"blocks": plan.blocks if asked else None, "max-time": _unless(limit, plan.max_time)}


def _spec(header: Header, other: Header, folder: str | Literal[False]) -> str:
    """What a run was of: its commit or else a folder, if its code is asked for, and the libraries that the other had in
    another version."""
    commit = _commit(header)
    place = f"git:{commit[:12]}" if commit else folder
    packages = [
        f"pip:{name}=={version}" for name, version in header.versions.items() if other.versions.get(name) != version
    ]
    return ",".join([*([place] if folder and place else []), *packages])


def _commit(header: Header) -> str | None:
    return header.commit.id if header.commit and not header.commit.changed else None


def _is_ours(target: str) -> bool:
    return target.startswith(OURS)


def _size(size: int) -> str:
    """Bytes as an option takes them, in the largest unit that they are whole in."""
    units = {1 << 30: "G", 1 << 20: "M"}
    unit = next((one for one in units if not size % one), 1 << 10)
    return f"{size // unit}{units.get(unit, 'K')}"


def typed_flags(flags: Flags) -> Iterator[str]:
    """Options as they are typed."""
    for name, value in flags.items():
        if value is not None and value is not False:
            yield f"--{name}"
            if value is not True:
                yield f"{value:.15g}" if isinstance(value, float) else without_password(str(value))


def _params(groups: Sequence[PlannedGroup]) -> Iterator[str]:
    """The options that somebody set, or that apply where nobody wrote down which were."""
    found: dict[str, dict[str, None]] = {}
    for group in groups:
        asked = group.shown if group.given is None else group.given
        for text in typed({name: one for name, one in group.options.items() if asked is None or name in asked}):
            name, _, value = text.partition("=")
            found.setdefault(name, {})[value] = None
    several = {name for group in groups for name, value in group.options.items() if isinstance(value, list)}
    for name, values in found.items():
        for one in values if name in several else [",".join(values)]:
            yield from ("-P", f"{name}={one}")


def _sizes(groups: Sequence[PlannedGroup]) -> Iterator[str]:
    """Tasks and concurrency, where somebody set them: for all workloads the same."""
    for name in ("tasks", "concurrency"):
        asked = {getattr(group, name) for group in groups if group.given is None or f"--{name}" in group.given}
        if len(asked) == 1:
            yield from (f"--{name}", str(asked.pop()))
