"""All tasks wait for each other: what each waits for, and where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.explain.finding import Finding
from harness.explain.seen import Seen
from harness.explain.words import command, share_of

WITHIN = ("lock", "semaphore", "limiter", "queue", "event", "condition", "task")
"""What only another task can end."""
THREAD = "thread"
"""So can what an executor does, unless its threads wait for calls of which none has begun."""
STILL_SECONDS, STILL_SHARE = 1.0, 0.1
"""For which nobody moved."""
TOLD = 5
ADVICE = (
    "take locks in one order everywhere, let whoever fills a queue outlive those who wait for it, have no call of an"
    " executor wait for another of the same, and give each wait a timeout"
)
LOOP_EXIT = "; LoopExit is how gevent's hub says that it has nothing left to run, as when greenlets deadlock on a lock"


def deadlock(seen: Seen) -> Iterator[Finding]:
    """One finding, if the round did not end because of that."""
    waits = seen.why.get("waits") or {}
    places = sorted((one for one in waits.get("places", ()) if one["now"]), key=lambda one: -one["now"])
    if not places or seen.failure is None:
        return
    stuck = any(one["stuck"] for one in seen.why.get("executors") or ())
    within = (*WITHIN, THREAD) if stuck else WITHIN
    exited = waits["loop_exit"] and "LoopExit" in seen.failure
    still = waits["still_seconds"] >= max(STILL_SECONDS, STILL_SHARE * waits["seconds"])
    if exited or (still and all(one["kind"] in within for one in places)):
        yield finding(seen, places, 0.0 if exited else waits["still_seconds"])


def finding(seen: Seen, places: list[dict[str, Any]], seconds: float) -> Finding:
    """Who waits where."""
    first, count = places[0], sum(one["now"] for one in places)
    more = len(places) - TOLD
    said = [
        f"{one['now']} for {one['what'] or 'something'} at {seen.shown(one['file'])}:{one['line']} `{one['source']}`"
        for one in places[:TOLD]
    ] + [f"others at {more} more lines"] * (more > 0)  # fmt: skip
    return Finding(
        kind="deadlock", what=first["what"] or "all tasks wait", file=seen.shown(first["file"]), line=first["line"],
        function=first["function"], seconds=seconds, share=share_of(seen, seconds),
        text=f"all {count} that are left wait, and nothing is left to wake them: {'; '.join(said)}",
        advice=ADVICE + (LOOP_EXIT if "LoopExit" in (seen.failure or "") else ""),
        command=command(seen, flags={"timeout": 5}),
    )  # fmt: skip
