"""Pools, semaphores, locks and executors that let fewer tasks through than were asked for.

A finding where somebody waited at one for a good part of the round. How many were let through is what the thing says of
itself, where it does, and else how many were past it while others waited: the knee beyond which more tasks in flight
bring nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.explain.deadlock import deadlock
from harness.explain.finding import Finding
from harness.explain.seen import Seen
from harness.explain.words import command, share_of

LIMITS = ("pool", "semaphore", "limiter", "lock", "thread-pool")
SHARE = 0.2
"""Of the round in which somebody waited."""
RAISE = {
    "urllib3.HTTPConnectionPool": (
        "maxsize is the number of connections to save that can be reused, and with block=True no more than maxsize will"
        " be used at a time: urllib3.PoolManager(maxsize={n}), in requests HTTPAdapter(pool_maxsize={n})"
    ),
    "aiohttp.TCPConnector": (
        "limit is the total number of simultaneous connections, limit_per_host those to one host:"
        " aiohttp.TCPConnector(limit={n}, limit_per_host=0)"
    ),
    "httpcore": (
        "max_connections is the maximum number of concurrent connections that may be established:"
        " Client(limits=Limits(max_connections={n}))"
    ),
    "anyio.CapacityLimiter": (
        "calls of to_thread.run_sync share a limiter of 40, unless each has its own:"
        " anyio.to_thread.current_default_thread_limiter().total_tokens = {n}"
    ),
    "trio.CapacityLimiter": (
        "calls of to_thread.run_sync share a limiter of 40, unless each has its own:"
        " trio.to_thread.current_default_thread_limiter().total_tokens = {n}"
    ),
    "gevent.threadpool.ThreadPool": (
        "a hub's threadpool has 10 threads: set gevent.hub.Hub.threadpool_size = {n} before there is a hub, or"
        " gevent.get_hub().threadpool.maxsize = {n}; GEVENT_RESOLVER=ares resolves names without it"
    ),
    "gevent.pool.Pool": "a size of None places no limit on the number of greenlets; or gevent.pool.Pool({n})",
    "executor": (
        "max_workers is min(32, cores + 4) where nothing else is said: ThreadPoolExecutor({n}), and"
        " loop.set_default_executor(ThreadPoolExecutor({n})) for asyncio.to_thread"
    ),
    "lock": "hold it only for what no two may do at once, and wait outside of it; have a lock for each resource",
    "semaphore": "give it a greater value, {what}({n}), if what it guards can take as many",
}


def limits(seen: Seen) -> Iterator[Finding]:
    """A finding for each place at which tasks waited for one of few, and for each executor."""
    waits = seen.why.get("waits") or {}
    if any(deadlock(seen)):  # nobody will be let through, however many
        return
    for place in waits.get("places", ()):
        if place["kind"] in LIMITS and is_worth(seen, place["seconds"], place["task_seconds"]):
            yield at_place(seen, place)
    for one in seen.why.get("executors") or ():
        if is_worth(seen, one["seconds"], one["call_seconds"]):
            finding = of_executor(seen, one, waits.get("places", ()))
            yield from [finding] if finding.file else []  # nobody of the user's waited for it


def is_worth(seen: Seen, seconds: float, task_seconds: float) -> bool:
    """Whether at least one waited at a time, for long enough."""
    return seconds >= seen.threshold and share_of(seen, seconds) >= SHARE and task_seconds >= seconds


def at_place(seen: Seen, place: dict[str, Any]) -> Finding:
    """What one place's limit cost."""
    kind, what = place["kind"], place["what"]
    through = 1 if kind == "lock" else place["limit"] or max(1, place["through"])
    waited = place["task_seconds"] / place["seconds"]
    advice = RAISE.get(kind) or RAISE.get(what) or RAISE["httpcore" if what.startswith("httpcore") else "semaphore"]
    return Finding(
        kind="limit", what=f"{what}: {through} at a time", file=seen.shown(place["file"]), line=place["line"],
        function=place["function"], seconds=place["seconds"], share=share_of(seen, place["seconds"]),
        waiting_seconds=place["task_seconds"],
        text=f"{what} lets {through} through at once; on average {waited:.0f} tasks waited for it, at most"
        f" {place['most']} of {seen.concurrency} in flight",
        advice=advice.format(n=seen.concurrency, what=what), command=knee(seen, through),
    )  # fmt: skip


def of_executor(seen: Seen, one: dict[str, Any], places: list[dict[str, Any]]) -> Finding:
    """What an executor's threads were too few for: at the line that most waited at, as far as one did."""
    waiting = [place for place in places if place["kind"] == "thread" or place["what"] == "asyncio.Future"]
    place = max(waiting, key=lambda place: float(place["task_seconds"]), default=None)
    file, line, function = one["function"] or (None, None, None)
    if place:
        file, line, function = place["file"], place["line"], place["function"]
    calls = one["call_seconds"] / one["seconds"]
    return Finding(
        kind="limit", what=f"an executor of {one['threads']} threads", file=file and seen.shown(file), line=line,
        function=function, seconds=one["seconds"], share=share_of(seen, one["seconds"]),
        waiting_seconds=one["call_seconds"],
        text=f"an executor of {one['threads']} threads had more to do than threads: on average {calls:.0f} calls waited"
        f" for one, at most {one['most']}",
        advice=RAISE["executor"].format(n=seen.concurrency), command=knee(seen, one["threads"]),
    )  # fmt: skip


def knee(seen: Seen, through: int) -> str | None:
    """What shows that no more than these are of use: it takes as long as with all of them in flight."""
    return command(seen, concurrency=through)
