"""How many tasks failed, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

MOST_KINDS = 3


def how_many(failed: Mapping[str, int], tasks: int) -> str:
    """ "5 of 50 failed: ConnectionResetError ... at jobs.py:3", the most frequent kind first."""
    kinds = sorted(failed.items(), key=lambda one: -one[1])
    shown = [reason if len(kinds) == 1 else f"{times:,} {reason}" for reason, times in kinds[:MOST_KINDS]]
    if len(kinds) > MOST_KINDS:
        shown.append(f"{sum(times for _, times in kinds[MOST_KINDS:]):,} in other ways")
    return f"{sum(failed.values()):,} of {tasks:,} failed: {'; '.join(shown)}"


def together(rounds: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The failures of several rounds."""
    counts: dict[str, int] = {}
    for failed in rounds:
        for reason, times in failed.items():
            counts[reason] = counts.get(reason, 0) + times
    return dict(sorted(counts.items(), key=lambda one: -one[1]))
