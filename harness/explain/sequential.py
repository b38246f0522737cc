"""Calls that wait one after another though none needs what another found, where few tasks could fill the time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.explain.finding import Finding
from harness.explain.independent import Together, together
from harness.explain.seen import Seen
from harness.explain.words import command, listed, share_of

FEW = 10
"""Tasks in flight: with more of them, others run while one waits, and the round would not end sooner."""
SHARE = 0.2
"""Of the round that has to be saved."""
TOGETHER = {
    "asyncio": "run them concurrently: `await asyncio.gather(*(f(x) for x in xs))`, or tasks of an asyncio.TaskGroup",
    "trio": "start each in a nursery: `async with trio.open_nursery() as nursery: nursery.start_soon(f, x)`",
    "gevent": "spawn each, then wait for all: `jobs = [gevent.spawn(f, x) for x in xs]; gevent.joinall(jobs)`",
}


def sequential(seen: Seen) -> Iterator[Finding]:
    """A finding for each function whose tasks waited so."""
    waits = seen.why.get("waits") or {}
    seconds = waits.get("seconds", 0.0)
    if not seconds or not 0 < waits["task_seconds"] <= FEW * seconds or min(seen.tasks, seen.concurrency) > FEW:
        return
    for one in waits["functions"]:
        lines = {int(line): spent * seconds / waits["task_seconds"] for line, spent in one["lines"].items()}
        is_async = one["source"].lstrip().startswith(("async ", "@")) and "async def" in one["source"]
        if found := together(one["source"], one["first_line"], lines, is_async):
            spent = [lines.get(line, 0.0) for line in found.lines]
            saved = sum(spent) if found.in_loop else sum(spent) - max(spent)
            if saved >= max(seen.threshold, SHARE * seconds):
                yield finding(seen, one, found, saved)


def finding(seen: Seen, one: dict[str, Any], found: Together, saved: float) -> Finding:
    """What one function's lines could save."""
    where = f"line {found.lines[0]}, turn by turn" if found.in_loop else f"lines {listed(found.lines)}"
    runtime = "asyncio" if seen.strategy == "uvloop" else "gevent" if "gevent" in seen.strategy else seen.strategy
    remains = ", less the longest turn" if found.in_loop else ""
    return Finding(
        kind="sequential-awaits", what=f"{one['function']} waits one after another", file=seen.shown(one["file"]),
        line=found.lines[0], function=one["function"], seconds=saved, share=share_of(seen, saved),
        waiting_seconds=saved, calls=0,
        text=f"{one['function']} waits for one call after another ({where}), and none needs what another found: up to"
        f" {saved * 1000:.0f} ms of the round{remains}",
        advice=TOGETHER.get(runtime, "start them together, then wait for all"),
        command=command(seen, tasks=1, concurrency=1),
    )  # fmt: skip
