"""How findings name numbers and commands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from harness.document import again
from harness.explain.seen import Seen


def listed(things: Iterable[Any]) -> str:
    """`1, 2 and 3`."""
    *most, last = map(str, things)
    return f"{', '.join(most)} and {last}" if most else last


def share_of(seen: Seen, seconds: float) -> float:
    """What part of the round that was sampled some seconds are."""
    return share((seen.why.get("waits") or {}).get("seconds") or seen.wall_seconds, seconds)


def share(wall: float, seconds: float) -> float:
    """What part of a round's wall time some seconds are."""
    return min(1.0, seconds / wall) if wall else 0.0


def command(
    seen: Seen, *strategies: str, name: str = "run", flags: again.Flags | None = None, **sizes: int
) -> str | None:
    """What to type to run (or whatever the command's name is) the same cell, of another size or under others."""
    if seen.group is None:
        return None
    given = None if seen.group.given is None else [*seen.group.given, *(f"--{name}" for name in sizes)]
    group = msgspec.structs.replace(seen.group, given=given, **sizes)
    return again.command(name, flags or {}, strategies or (seen.strategy,), [group])
