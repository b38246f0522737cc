"""Lines that keep a loop, or whatever runs the tasks in one thread, from going on with the others.

A line is a finding where it waited for the threshold in sum, however many calls that was, or computed as long without
giving way. Waiting is what the kernel says the thread gave its core away for; the time in line for a core of a busy
machine is not in it, nor what a thread waited for the GIL while another computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.explain import advice
from harness.explain.finding import Finding, Kind, cost, named
from harness.explain.seen import Seen
from harness.explain.words import command, share

OWN = ("asyncio.", "trio.", "anyio.", "gevent.", "uvloop.", "eventlet.")
"""What a runtime waits within its own functions (for a thread or a process to start) is not the user's to change."""


def blocked(seen: Seen) -> Iterator[Finding]:
    """A finding for each line, in the thread of the strategy, that held up the others."""
    lines = seen.why.get("lines") or {}
    grouped: dict[tuple[str, int, str], list[dict[str, Any]]] = {}
    for one in lines.get("lines", ()):
        grouped.setdefault((one["file"], one["line"], one["function"]), []).append(one | {"waiting": waited(one)})
    for parts in grouped.values():
        waiting, held = (sum(part[name] for part in parts) for name in ("waiting", "unyielding"))
        if max(waiting, held) >= seen.threshold:
            yield finding(seen, parts, lines["wall"])


def waited(part: dict[str, Any]) -> float:
    """Seconds that a line waited, but for what a runtime waits by itself."""
    callee = part["callee"] or ""
    return 0.0 if callee.startswith(OWN) and not callee.startswith(advice.RUNS) else float(part["waiting"])


def finding(seen: Seen, parts: list[dict[str, Any]], wall: float) -> Finding:
    """What a line has cost, and by what most."""
    waiting, held = (sum(part[name] for part in parts) for name in ("waiting", "unyielding"))
    computing = sum(part["computing"] for part in parts) if waiting >= seen.threshold else held
    most = max(parts, key=lambda part: part["waiting"] + part["unyielding"])
    what, waits = called(most), waiting > computing
    about = advice.topic("threading.Lock" if is_lock(what) else most["callee"], most["inside"])
    runtime = seen.runtime
    instead = advice.already(about, most["inside"] or what, runtime, waits)
    kind: Kind = "not-patched" if waits and about.patched and runtime.startswith("gevent") else "blocked-loop"
    calls = f" in {most['calls']:,} calls" if most["calls"] > 1 else ""
    how = "waited" if waits else "computed"
    library = named(*most["library"]) if most["library"] else None
    return Finding(
        kind=kind, what=what, file=seen.shown(most["file"]), line=most["line"], function=most["function"],
        seconds=waiting + computing, share=share(wall, waiting + computing),
        calls=most["calls"], waiting_seconds=waiting, computing_seconds=computing, inside=library,
        source=most["source"] or None,
        text=f"{what} {how} {cost(waiting + computing)}{calls}, and no other task ran meanwhile",
        advice=advice.to_wait(about, runtime) if waits else advice.to_compute(most["inside"] or what, runtime),
        command=effect(seen, "gevent-patched" if kind == "not-patched" else instead),
        rule=advice.rule(what, most["source"]) if most["awaits"] and most["calls"] else None,
    )  # fmt: skip


def effect(seen: Seen, instead: str | None) -> str | None:
    """What shows the effect: beside a strategy that has the change already, or else whether the finding is gone."""
    if instead is None or instead == seen.strategy:
        return command(seen, name="explain")
    return command(seen, seen.strategy, instead)


def is_lock(what: str) -> bool:
    """Whether it is a line that waited in `with lock:`; where a line calls something, that may be what waited."""
    return what.startswith("with ") and "(" not in what.partition("#")[0]


def called(part: dict[str, Any]) -> str:
    """What a line of the user's has called, as people call it."""
    what = str(part["callee"] or part["inside"] or "Python")
    if what.startswith("importlib."):
        return part["source"] if "import" in part["source"] else "import"
    if what == "Python" and part["waiting"] > part["computing"]:  # no call: `with lock:`
        return str(part["source"] or what)
    return what
