"""The command that asks again what a gate asked. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.document import again
from harness.gate.cells import BASE, CANDIDATE, pairs
from harness.plan.usual import GATE_SECONDS
from harness.record.plan import Plan, Variant
from harness.statistics import metrics
from harness.variants.build import parse


def command(plan: Plan, metric: str, limits: Sequence[float], blocks: int) -> str:
    """What to type, revisions by their commits; `blocks` are the most where nobody says. Limits that differ by cell are
    in the project's file."""
    variants = {one.variant.name: one.variant for one in plan.strategies if one.variant}
    same = limits[0] if len(set(limits)) == 1 else None
    flags = {
        "base": _spec(variants.get(BASE)),
        "candidate": _unless("path:.", _spec(variants.get(CANDIDATE))),
        "metric": _unless("time", metric),
        "limit": _unless(metrics.offered().get(metric), same),
        "count-with": plan.count_with if plan.count else None,
        "rounds": None if plan.fresh or (plan.count and plan.rounds == 1) else plan.rounds,
        "fresh": plan.fresh,
        "blocks": _unless(blocks, plan.blocks),
        "max-time": _unless(GATE_SECONDS, plan.max_time),
        **again.reached(plan),
    }
    return again.command("gate", flags, list(dict.fromkeys(pair.strategy for pair in pairs(plan))), plan.groups)


def _unless(default: object, value: Any) -> Any:
    return None if value == default else value


def _spec(variant: Variant | None) -> str | None:
    """What names a version: of a revision its commit, with the libraries and the interpreter that it had."""
    if variant is None:
        return None
    revision = parse(f"{variant.name}={variant.spec}").git if variant.commit else None
    return variant.spec.replace(f"git:{revision}", f"git:{str(variant.commit)[:12]}") if revision else variant.spec
