"""What a worker saw of a cell, as a document. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from harness.explain.blocked import waited
from harness.explain.finders import found
from harness.explain.finding import Explanation, Library, Loop
from harness.explain.seen import Seen


def explanation(seen: Seen) -> Explanation:
    """All that is said of a cell."""
    lines = seen.why.get("lines") or {}
    return Explanation(
        strategy=seen.strategy, workload=seen.workload, tasks=seen.tasks, concurrency=seen.concurrency,
        status="partial" if seen.failure else "complete", reason=seen.failure,
        wall_seconds=lines.get("wall") or seen.wall_seconds, findings=found(seen),
        accounted_share=accounted(seen), libraries=sorted(libraries(seen), key=lambda one: -one.blocked_seconds),
        loop=loop(seen), remarks=list(remarks(seen)),
    )  # fmt: skip


def accounted(seen: Seen) -> float:
    """The share of the round's wall time of which it is known what it went to."""
    lines = seen.why.get("lines") or {}
    wall = lines.get("wall") or 0.0
    known = sum(one["computing"] + one["waiting"] for one in lines.get("lines", ()))
    known += sum(lines.get(name, 0.0) for name in ("busy", "idle", "preempted", "contended", "small"))
    return min(1.0, known / wall) if wall > 0 else 0.0


def libraries(seen: Seen) -> Iterator[Library]:
    """Each library that the user's lines have called, in the thread of the strategy."""
    lines = seen.why.get("lines") or {}
    blocked: Counter[str] = Counter()
    for one in lines.get("lines", ()):
        if name := top(one["callee"] or one["inside"]):
            blocked[name] += waited(one) + one["unyielding"]
    yields: Counter[str] = Counter()
    for called, times in (lines.get("yields") or {}).items():
        yields[top(called)] += times
    for name in sorted((blocked.keys() | yields.keys()) - {""}):
        blocks, gives = blocked[name] >= seen.threshold, yields[name] > 0
        if blocks or gives:
            yield Library(name, verdict(blocks, gives), blocked[name], yields[name])


def verdict(blocks: bool, gives: bool) -> Literal["cooperative", "blocks", "partly"]:
    """Of a library that has held up the others, or given way, or both."""
    return ("partly" if gives else "blocks") if blocks else "cooperative"


def top(function: str | None) -> str:
    """The package that a function is of; none of what is built in."""
    return function.partition(".")[0] if function and "." in function else ""


def loop(seen: Seen) -> Loop | None:
    """What the one thread did, where all tasks share it."""
    lines = seen.why.get("lines") or {}
    if seen.runtime == "threads" or not lines:
        return None
    held = lines["busy"] + lines["small"] + sum(one["computing"] + one["waiting"] for one in lines["lines"])
    lag = lines["lag"] or {}
    return Loop(held / (held + lines["idle"] or 1.0), lag.get("p99"), lag.get("longest"))


def remarks(seen: Seen) -> Iterator[str]:
    """What a reader should know of how it was seen."""
    lines = seen.why.get("lines") or {}
    if lost := lines.get("lost"):
        yield f"{lost}: what came after that was not seen"
    if not seen.why:
        yield "nothing was seen: the round ended before anything could be kept"
    if seen.away:
        yield "tasks ran in other processes or interpreters, into which nobody looked: explain them under sequential"
    wall = lines.get("wall") or 0.0
    if (collected := lines.get("collected", 0.0)) > 0.1 * wall > 0:
        yield f"the garbage collector had {collected / wall:.0%} of the round"
    if (away := lines.get("preempted", 0.0)) > 0.1 * wall > 0:
        yield f"other processes had the cores for {away / wall:.0%} of the round: that time is left out"
