"""Exceptions of what a task started and nobody waited for."""

from __future__ import annotations

from collections.abc import Iterator

from harness.explain.finding import Finding
from harness.explain.seen import Seen
from harness.explain.words import command

ADVICE = (
    (
        "greenlet",
        "exceptions are stored in the greenlet and not raised: keep what gevent.spawn returns, and wait with"
        " gevent.joinall(greenlets, raise_error=True) or greenlet.get()",
    ),
    (
        "gather",
        "with return_exceptions=True exceptions are treated the same as successful results, and aggregated in the"
        " result list: look at it, or start the awaitables in an asyncio.TaskGroup, which raises what its tasks raise",
    ),
    (
        "awaited",
        "save a reference to the result of asyncio.create_task and await it, or start it in an asyncio.TaskGroup, which"
        " raises what its tasks raise",
    ),
    ("pool", "future.result() raises what the call raised, and so does going through executor.map"),
    (
        "thread",
        "threading.Thread hands on nothing of what its function raised: submit it to a ThreadPoolExecutor, and ask for"
        " future.result()",
    ),
    ("", "wait for what was started, and let it raise"),
)
"""By a word of where it happened."""


def swallowed(seen: Seen) -> Iterator[Finding]:
    """A finding for each line of the user's that raised so. What a library's own threads raise is none of theirs."""
    for one in seen.why.get("beside") or ():
        if not one["file"]:
            continue
        times = f", {one['count']} times" if one["count"] > 1 else ""
        yield Finding(
            kind="swallowed-exception", what=one["error"].partition(":")[0], file=seen.shown(one["file"]),
            line=one["line"], function=one["function"], calls=one["count"],
            text=f"{one['place']}{times}: {one['error']}; no task was told",
            advice=next(advice for word, advice in ADVICE if word in one["place"]), command=command(seen),
        )  # fmt: skip
