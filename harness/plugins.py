"""What is ours and what other packages add by entry points: names to `module:attribute`. Imports none of them."""

from __future__ import annotations

from harness.errors import HarnessError


def merged(kind: str, built_in: dict[str, str], group: str) -> dict[str, str]:
    """All of a kind by name. Raises HarnessError where a name means two things."""
    from importlib.metadata import entry_points

    known = dict(built_in)
    for point in entry_points(group=group):
        if known.get(point.name, point.value) != point.value:
            raise HarnessError(f"{kind} {point.name} is defined twice: {known[point.name]} and {point.value}")
        known[point.name] = point.value
    return known
