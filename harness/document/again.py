"""What to type to have what two stored runs cannot say. Pure functions."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from harness.document.names import typed, without_password
from harness.record.plan import Plan, PlannedGroup
from harness.record.sample import Header

PROGRAM = ("python", "-m", "harness")
FOLDER = "FOLDER"
"""Stands for the one that holds the code as it was: no record says where that is."""


def gate(then: Header, now: Header, group: PlannedGroup, strategies: Sequence[str]) -> str:
    """The gate that runs what both runs were of in the same blocks."""
    base, candidate = _spec(then, now, f"path:{FOLDER}"), _spec(now, then, "path:.")
    fresh = ["--fresh"] if now.plan.fresh else []
    return _command("gate", ["--base", base, "--candidate", candidate, *fresh], group, strategies)


def run(plan: Plan, group: PlannedGroup, strategies: Sequence[str]) -> str:
    """The run of the same cells, measured as they were."""
    options = ["--pin", plan.pin] if plan.pin != "apart" else []
    options += ["--fresh"] if plan.fresh else []
    options += ["--warmup", str(plan.warmup)] if plan.warmup != int(not plan.fresh) else []
    options += ["--slo", f"{1e3 * plan.slo:g}ms", "--find-capacity"] if plan.slo else []
    return _command("run", options, group, strategies)


def same_code(then: Header, now: Header) -> bool:
    """Whether both runs are of one commit without changes and of the same libraries: nothing for a gate to tell."""
    return bool(_commit(then)) and _commit(then) == _commit(now) and then.versions == now.versions


def _spec(header: Header, other: Header, unknown: str) -> str:
    """What a run was of: its commit or else a folder, and the libraries that the other had in another version."""
    commit = _commit(header)
    packages = [
        f"pip:{name}=={version}" for name, version in header.versions.items() if other.versions.get(name) != version
    ]
    return ",".join([f"git:{commit[:12]}" if commit else unknown, *packages])


def _commit(header: Header) -> str | None:
    return header.commit.id if header.commit and not header.commit.changed else None


def _command(name: str, options: Sequence[str], group: PlannedGroup, strategies: Sequence[str]) -> str:
    shown = {one: value for one, value in group.options.items() if group.shown is None or one in group.shown}
    params = [word for text in typed(shown) for word in ("-P", without_password(text))]
    sizes = ["--tasks", str(group.tasks), "--concurrency", str(group.concurrency)]
    words = [*PROGRAM, name, *options, "-s", ",".join(strategies), "-W", group.workload, *params, *sizes]
    return shlex.join(words)
