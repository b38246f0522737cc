"""What a process has used so far and holds now, read from outside: whoever serves has no time to say it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from harness.process.child import Child


def number(status: str, field: str) -> int | None:
    """A number of /proc/PID/status; None where there is none."""
    lines = (line for line in status.splitlines() if line.startswith(field))
    return next((int(line.split()[1]) for line in lines), None)


def of(process: Child) -> dict[str, Any]:
    """Seconds, counts, bytes; of threads that have ended, seconds alone. Raises Failure where it has ended."""
    place = Path(f"/proc/{process.pid}")
    resident = number(place.joinpath("status").read_text(), "VmRSS:")
    if resident is None:  # it has ended, and is not reaped
        raise process.gone()
    spent = place.joinpath("stat").read_text().rpartition(")")[2].split()
    user, system = int(spent[11]), int(spent[12])  # in ticks, which are too coarse for more than the share
    seconds = process.cpu_seconds()
    share = user / (user + system) if user + system else 1.0
    threads = []
    for task in place.glob("task/*/status"):
        with contextlib.suppress(OSError):  # a thread that has just ended
            threads.append(task.read_text())
    return {
        "cpu_user_seconds": seconds * share,
        "cpu_system_seconds": seconds * (1 - share),
        "voluntary": sum(number(text, "voluntary_ctxt_switches:") or 0 for text in threads),
        "involuntary": sum(number(text, "nonvoluntary_ctxt_switches:") or 0 for text in threads),
        "resident_bytes": resident * 1024,
        "threads": len(threads),
    }
