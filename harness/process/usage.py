"""What a process has used so far and holds now, read from outside: whoever serves has no time to say it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.process.child import Child

TICKS = ("user_ticks", "system_ticks")
SWITCHES = ("voluntary", "involuntary")


def number(status: str, field: str) -> int | None:
    """A number of /proc/PID/status; None where there is none."""
    lines = (line for line in status.splitlines() if line.startswith(field))
    return next((int(line.split()[1]) for line in lines), None)


def of(process: Child) -> dict[str, Any]:
    """Seconds, ticks, counts, bytes; of threads that have ended, no counts. Raises Failure where it has ended."""
    place = Path(f"/proc/{process.pid}")
    try:
        resident = number(place.joinpath("status").read_text(), "VmRSS:")
        spent = place.joinpath("stat").read_text().rpartition(")")[2].split()
    except OSError:
        raise process.gone() from None
    if resident is None:  # it has ended, and is not reaped
        raise process.gone()
    threads = []
    for task in place.glob("task/*/status"):
        with contextlib.suppress(OSError):  # a thread that has just ended
            threads.append(task.read_text())
    return {
        "cpu_seconds": process.cpu_seconds(),
        "user_ticks": int(spent[11]),
        "system_ticks": int(spent[12]),
        "voluntary": sum(number(text, "voluntary_ctxt_switches:") or 0 for text in threads),
        "involuntary": sum(number(text, "nonvoluntary_ctxt_switches:") or 0 for text in threads),
        "resident_bytes": resident * 1024,
        "threads": len(threads),
    }


def descriptors(process: Child) -> int:
    """How many it has open; 0 where it has ended."""
    try:
        return len(os.listdir(f"/proc/{process.pid}/fd"))
    except OSError:
        return 0


def summed(looks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What several processes have used and hold together. Memory that they share counts for each of them."""
    return {name: sum(look[name] for look in looks) for name in looks[0]}


def between(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What was used between two looks: ticks are too coarse for more than the share of the system in the seconds, and
    where none fell in between it is that of all there were before."""
    seconds = after["cpu_seconds"] - before["cpu_seconds"]
    user, system = (after[name] - before[name] for name in TICKS)
    if not user + system:
        user, system = (after[name] for name in TICKS)
    share = system / (user + system) if user + system else 0.0
    return {
        "cpu_user_seconds": seconds * (1 - share),
        "cpu_system_seconds": seconds * share,
        **{name: max(0, after[name] - before[name]) for name in SWITCHES},  # those of a thread end with it
    }
