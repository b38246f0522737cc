"""The GIL as the limit: threads that compute, or that wait and keep it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from harness.explain import advice
from harness.explain.blocked import called, effect
from harness.explain.finding import Finding, cost
from harness.explain.seen import Seen
from harness.explain.words import command, share

MORE_THAN_ONE, MUCH = 1.3, 0.5
"""Threads that, on average, have the GIL or want it, from which on they wait for each other; or the share of the round
in which one of several has it."""


def computing(seen: Seen) -> Iterator[Finding]:
    """Threads of which more than one at a time wanted the GIL; a loop that waited for it meanwhile."""
    lines = seen.why.get("lines") or {}
    threads: list[dict[str, Any]] = lines.get("threads", {}).get("lines") or []
    count = min(lines.get("threads", {}).get("count", 0), seen.concurrency)  # threads may follow one another
    threads = [one for one in threads if wants_gil(one, count)]
    total, wall = sum(one["computing"] for one in threads), lines.get("wall") or 0.0
    had = max(total, wall - sum(one["ready"] for one in threads))  # without what others of a busy machine took
    wanted = total + sum(one["waiting"] for one in threads if one["inside"] is None)
    waited = lines.get("contended", 0.0)
    alone = seen.runtime in ("threads", "none") and count > 1 and (wanted >= MORE_THAN_ONE * had or total >= MUCH * had)
    if total < seen.threshold or not (alone or waited >= seen.threshold):
        return
    by_line: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for one in threads:
        by_line[one["file"], one["line"]].append(one)
    parts = max(by_line.values(), key=lambda parts: sum(one["computing"] for one in parts))
    most = max(parts, key=lambda one: one["computing"])
    seconds = sum(one["computing"] for one in parts)
    instead = advice.already(advice.OTHER, most["inside"], seen.runtime, waits=False)
    held = f"the GIL lets one thread compute at a time: {called(most)} took {cost(seconds)} of it"
    yield Finding(
        kind="cpu-bound", what=called(most), file=seen.shown(most["file"]), line=most["line"],
        function=most["function"], seconds=seconds, share=share(wall, seconds), calls=most["calls"],
        computing_seconds=seconds, source=most["source"] or None,
        text=held if alone else f"{held}, and the loop waited {cost(waited)} for it",
        advice=advice.to_compute(most["inside"], seen.runtime), command=effect(seen, instead),
    )  # fmt: skip


def held(seen: Seen) -> Iterator[Finding]:
    """Lines in threads that kept the GIL while they waited, so that nobody else ran."""
    lines = seen.why.get("lines") or {}
    for one in lines.get("threads", {}).get("held", ()):
        if (seconds := one["seconds"]) < seen.threshold:
            continue
        what = one["source"] or "a call of C"
        yield Finding(
            kind="blocked-loop", what=what, file=seen.shown(one["file"]), line=one["line"], function=one["function"],
            seconds=seconds, share=share(lines["wall"], seconds), waiting_seconds=seconds, source=one["source"] or None,
            text=f"{what} kept the GIL while it waited: for {cost(seconds)} no other thread ran",
            advice=advice.HOLDS_GIL, command=command(seen, name="explain"),
        )  # fmt: skip


def wants_gil(part: dict[str, Any], threads: int) -> bool:
    """Whether it is code in Python, or in C that computes and keeps the GIL, for which each thread waits in turn."""
    inside = part["inside"]
    return inside is None or (threads * part["computing"] > part["waiting"] and not inside.startswith(advice.FREES))
