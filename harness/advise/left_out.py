"""What is not advised, and why. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.advise.document import Avoided, Candidate, Why
from harness.advise.known import Known
from harness.advise.overlap import blocked

CLOSE = 1.3
"""Up to which a strategy that is slower is good, too."""


def avoided(known: Known, rows: Sequence[Candidate], use: Sequence[str]) -> Iterator[Avoided]:
    """Each with its reason, the likeliest first: measured, then foretold, then what cannot run it."""
    ruled_out, unlike = over(known), not_alike(known)
    for one in rows:
        if one.strategy in unlike:
            yield Avoided(
                strategy=one.strategy, kind="uncompared", why=unlike[one.strategy], seconds=one.wall_seconds,
                measured=True,
            )  # fmt: skip
        elif one.strategy in ruled_out:
            yield Avoided(
                strategy=one.strategy, kind="limit", why=f"above --limit {ruled_out[one.strategy]}",
                seconds=one.wall_seconds, measured=True,
            )  # fmt: skip
        elif use and one.strategy not in use and one.versus and one.versus.estimate > CLOSE:
            kind, why = behind(known, one.strategy, one.versus.verdict == "slower")
            yield Avoided(strategy=one.strategy, kind=kind, why=why, seconds=one.wall_seconds, measured=True)
    yield from not_measured(known, {one.strategy for one in rows})
    yield from lost(known)


def behind(known: Known, name: str, slower: bool) -> tuple[Why, str]:
    """Why a candidate that is far from the best is not advised."""
    if not slower:
        return "uncompared", "measured here, not told apart"
    why = blocked(known, name) if known.objective in ("wall", "p99") else None
    return ("blocked", why) if why else ("slower", "measured here")


def over(known: Known) -> dict[str, str]:
    """The candidates that a limit rules out, and which."""
    if not (known.record and known.judged):
        return {}
    strategies = known.record.header.plan.strategies
    return {strategies[place].name: objective for place, objective in known.judged.over.items()}


def not_alike(known: Known) -> dict[str, str]:
    """The candidates whose rounds were not alike, and how."""
    if not (known.record and known.judged):
        return {}
    strategies = known.record.header.plan.strategies
    return {strategies[place].name: why for place, why in known.judged.unlike.items()}


def not_measured(known: Known, measured: set[str]) -> Iterator[Avoided]:
    """What the model put out of reach."""
    failed = lost_at_the_point(known)
    chosen = known.chosen.names if known.chosen and not known.record else []
    for name, seconds in known.foretold.items():
        if name in measured or name in chosen or name in failed:
            continue
        why = blocked(known, name)
        yield Avoided(strategy=name, kind="blocked" if why else "foretold", why=why or "by the model", seconds=seconds)


def lost_at_the_point(known: Known) -> dict[str, str]:
    """The candidates that failed in the run."""
    if not known.record:
        return {}
    names = [one.name for one in known.record.header.plan.strategies]
    bad = [one for one in known.record.samples if one.arm == "row" and one.status != "ok"]
    return {names[one.strategy]: f"{one.status}: {one.reason}" for one in bad}


def lost(known: Known) -> Iterator[Avoided]:
    """What cannot run it, or is not here."""
    for name, why in (lost_at_the_point(known) | (known.probe.lost if known.probe else {})).items():
        yield Avoided(strategy=name, kind="unsupported" if why.startswith("unsupported") else "failed", why=why)
    for strategy in known.absent:
        yield Avoided(strategy=strategy.name, kind="unavailable", why=strategy.reason or strategy.status)
