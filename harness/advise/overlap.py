"""Whose waits do not overlap, and what keeps them from it. Pure functions."""

from __future__ import annotations

from harness.advise.document import Blocked
from harness.advise.known import Known


def blocked(known: Known, name: str) -> str | None:
    """What is said of a strategy whose waits do not overlap, where those of others do."""
    alone = known.probe is not None and name in known.probe.blocked and not all_blocked(known)
    return f"its waits do not overlap{line(known)}" if alone else None


def all_blocked(known: Known) -> bool:
    """Whether waits overlapped under no strategy that was asked."""
    assert known.probe
    return bool(known.probe.four) and set(known.probe.four) <= set(known.probe.blocked)


def found(known: Known) -> Blocked | None:
    """What `explain` found, where it knows the line."""
    return next((one for one in known.blocked if one.line), None)


def line(known: Known) -> str:
    """What blocks, at which line, where that was found."""
    if (first := found(known)) is None:
        return ""
    return f": {'' if first.kind == 'limit' else 'your task calls '}{first.what} at {first.file}:{first.line}"


def explained(known: Known) -> bool:
    """Whether that is why none overlap: a call that keeps a loop from its other tasks keeps no thread from running."""
    assert known.probe
    if (first := found(known)) is None:
        return False
    threads = {one.name for one in known.plan.strategies if one.threads_per_task}
    return first.kind == "limit" or threads.isdisjoint(known.probe.blocked)
