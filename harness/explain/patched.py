"""Originals of the standard library where gevent's are meant: patched after somebody had taken them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.explain.finding import Finding, Place, named
from harness.explain.seen import Seen
from harness.explain.words import command, listed

FIRST = (
    "patching should be done as early as possible in the lifecycle of the program, ideally before any other imports:"
    " `from gevent import monkey; monkey.patch_all()` as the first lines of the main module, or -s gevent-patched"
)
TOLD = 3


def patched(seen: Seen) -> Iterator[Finding]:
    """A finding for each module that took an original before it was replaced, and that held up the round with it. What
    that cost is said of the lines that waited, and is not counted twice."""
    held = seen.why.get("held") or {}
    if not held.get("patched"):
        return  # each line that waited says so
    for holder in held.get("holders", ()):
        lines = held.get("lines") or []
        spent = [one for one in lines if holder["original"] == one["original"] and is_holders(holder, one)]
        if cost(seen, spent) >= seen.threshold:
            yield late(seen, holder, spent)


def is_holders(holder: dict[str, Any], line: dict[str, Any]) -> bool:
    """Whether a line ran the holder's code."""
    return holder["file"] == line["file"] or holder["module"] in line["modules"]


def late(seen: Seen, holder: dict[str, Any], spent: list[dict[str, Any]]) -> Finding:
    """A module that took an original too early."""
    file, line, source = holder["by"] or (holder["file"], holder["line"], holder["source"])
    inside = named(holder["file"], holder["line"] or 0, holder["name"]) if holder["by"] else None
    where = inside.file if inside else seen.shown(holder["file"])
    theirs = f" since `{holder['source']}` ({where}:{holder['line']})" if holder["line"] else ""
    return found(
        seen, file, line, holder["original"], spent,
        f"{holder['module']} holds the original {holder['original']} as `{holder['name']}`{theirs}, taken before gevent"
        f" replaced it: it blocks the hub at {places(seen, spent)}" + (f"; imported by `{source}`" if inside else ""),
        inside,
    )  # fmt: skip


def found(
    seen: Seen, file: str, line: int | None, what: str, spent: list[dict[str, Any]], text: str, inside: Place | None
) -> Finding:
    """A finding at the line that imports."""
    return Finding(
        kind="not-patched", what=what, file=seen.shown(file), line=line, inside=inside, text=text, advice=FIRST,
        command=command(seen, "gevent", "gevent-patched"),
    )  # fmt: skip


def cost(seen: Seen, spent: list[dict[str, Any]]) -> float:
    """What the lines waited, as far as each call was heard of; else as the samples have it."""
    if heard := seen.why.get("lines"):
        at = {(one["file"], one["line"]) for one in spent}
        return sum((one["waiting"] for one in heard["lines"] if (one["file"], one["line"]) in at), 0.0)
    return sum((one["seconds"] for one in spent), 0.0)


def places(seen: Seen, spent: list[dict[str, Any]]) -> str:
    """The lines that were held up, the costliest first."""
    lines: dict[str, float] = {}
    for one in spent:
        where = f"{seen.shown(one['file'])}:{one['line']}"
        lines[where] = lines.get(where, 0.0) + one["seconds"]
    first = sorted(lines, key=lambda where: -lines[where])
    return listed(first[:TOLD] + [f"{len(first) - TOLD} more lines"] * (len(first) > TOLD))
