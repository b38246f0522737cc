"""The other end as the limit: requests that it does not read, connections that it does not take, and SYNs that are sent
again since its listen queue is full."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.explain.finding import Finding
from harness.explain.seen import Seen
from harness.explain.words import command, share_of

SHARE, SECONDS = 0.2, 0.1
"""Of the round, and in sum, for which something lay undone at the other end."""
BUSY, BUSY_SHARE, IN_LINE = 0.5, 0.5, 0.4
"""A server that runs for half of the time is late for most of the round, or is not the limit; one that stands in line
for a core is late because the machine is busy."""
LONGER_QUEUE = (
    "the kernel sends a SYN again after 1, 3 and 7 seconds; listen(2): backlog is the maximum length to which the queue"
    " of pending connections may grow, net.core.somaxconn the most that it can be: raise both at the server, or keep"
    " connections open and use them again"
)
MORE_AT_ONCE = (
    "no strategy is faster than the other end: give the server more workers or threads, or have it answer many"
    " connections at once"
)


def peer(seen: Seen) -> Iterator[Finding]:
    """A finding for what the other end did not take or read, and one for SYNs."""
    network = seen.why.get("network") or {}
    if (dialling := network.get("dialling")) and dialling["seconds"] >= max(seen.threshold, SECONDS):
        yield found(seen, dialling, "SYNs sent again", again(dialling, network["counters"]), LONGER_QUEUE)
    if (undone := network.get("undone")) and is_limit(seen, undone):
        text = (
            f"{named(undone)} left {undone['connection_seconds'] / undone['seconds']:.0f} connections on average, at"
            f" most {undone['most']}, without taking them or reading what was sent: it serves fewer than were asked"
        )
        yield found(seen, undone, f"{named(undone)} is slower than asked", text, MORE_AT_ONCE)


def is_limit(seen: Seen, undone: dict[str, Any]) -> bool:
    """Whether that was long enough, and a good part of the round, and not for want of a core."""
    server = seen.why["network"].get("server") or {"ran": 0.0, "in_line": 0.0}
    share = BUSY_SHARE if server["ran"] > BUSY else SHARE
    long = undone["seconds"] >= max(seen.threshold, SECONDS) and share_of(seen, undone["seconds"]) >= share
    return long and server["in_line"] < IN_LINE


def again(dialling: dict[str, Any], counters: dict[str, int]) -> str:
    """What is to be said of SYNs. The counters are the namespace's: others may have a part in them."""
    sent, full = counters.get("TCPSynRetrans", 0), counters.get("ListenOverflows", 0)
    queue = f", and a listen queue of this machine was full {full} times" if full else ""
    return (
        f"up to {dialling['most']} connections to {named(dialling)} at a time waited for an answer to their SYN,"
        f" {dialling['seconds'] * 1000:.0f} ms in all: {sent} SYNs were sent again{queue}"
    )


def found(seen: Seen, late: dict[str, Any], what: str, text: str, advice: str) -> Finding:
    """A finding at the line that tasks waited at longest, of those that are no lock or pause."""
    places = [one for one in (seen.why.get("waits") or {}).get("places", ()) if one["kind"] == "other"]
    place = max(places, key=lambda one: float(one["task_seconds"]), default=None)
    return Finding(
        kind="peer-bound", what=what, file=place and seen.shown(place["file"]), line=place and place["line"],
        function=place and place["function"], seconds=late["seconds"], share=share_of(seen, late["seconds"]),
        waiting_seconds=late["connection_seconds"], text=text, advice=advice,
        command=command(seen, concurrency=max(1, seen.concurrency // 2)),
    )  # fmt: skip


def named(late: dict[str, Any]) -> str:
    """Who is at the other end."""
    return " and ".join(late["peers"]) or "the other end"
