"""Who finds what: each is a pure function of what a worker saw."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from harness.explain.blocked import blocked
from harness.explain.computing import computing, held
from harness.explain.deadlock import deadlock
from harness.explain.finding import Finding
from harness.explain.limits import limits
from harness.explain.patched import patched
from harness.explain.peer import peer
from harness.explain.seen import Seen
from harness.explain.sequential import sequential
from harness.explain.swallowed import swallowed

FINDERS: list[Callable[[Seen], Iterable[Finding]]] = [
    blocked, computing, held, limits, peer, sequential, swallowed, deadlock, patched,
]  # fmt: skip


def found(seen: Seen) -> list[Finding]:
    """All findings, the costliest first."""
    return sorted((one for find in FINDERS for one in find(seen)), key=lambda one: -one.seconds)
