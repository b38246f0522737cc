"""Who is there before a run begins: hosts that joined, those of the usual kind first, and why others did not."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from harness.errors import HarnessError
from harness.hosts.crew import Came, Crew, Left, Waits
from harness.hosts.kinds import kind
from harness.machine.lock import BusyError

PATIENCE, TICK = 60.0, 0.5
"""Seconds that are waited for a host where there is none; of one look."""


class Gathered(NamedTuple):
    """The hosts that joined, and those that cannot, or not yet, with the reason."""

    came: list[Came]
    out: dict[str, str]
    kept: Mapping[str, str] = MappingProxyType({})


def gathered(
    crew: Crew, tell: Callable[[str], None], waits: bool, patience: float = PATIENCE,
    clock: Callable[[], float] = time.monotonic,
) -> Gathered:  # fmt: skip
    """Wait until each host that is there has joined, or cannot yet. Raises HarnessError where none ever can, BusyError
    where each has something else to do and nobody `waits`."""
    came: dict[str, Came] = {}
    out: dict[str, str] = {}
    kept: dict[str, str] = {}
    end = clock() + patience
    while True:
        waiting = set(crew.names()) - came.keys() - out.keys() - kept.keys()
        event = crew.next(TICK if waiting or not (came or kept) else 0.0)
        if isinstance(event, Came | Left):
            kept.pop(event.host, None)
        if isinstance(event, Came):
            came[event.host] = event
            out.pop(event.host, None)
        elif isinstance(event, Left):
            came.pop(event.host, None)
            if event.out:
                out[event.host] = event.reason
        elif isinstance(event, Waits):
            kept[event.host] = event.reason
        elif waiting:
            tell(f"waiting for {', '.join(sorted(waiting))}")
        elif came or kept or not crew.grows or clock() >= end:
            break
    if not came and not kept:
        said = "; ".join(f"{host}: {reason}" for host, reason in out.items())
        raise HarnessError(f"{crew.flag}: no host can be used: {said or crew.nobody}")
    busy = {host: one.joined.greeting.busy for host, one in came.items()} | kept
    if all(busy.values()) and not waits:
        host, reason = next(iter(busy.items()))
        raise BusyError(f"{host}: {reason}")
    joined = [came[host] for host in crew.names() if host in came]
    kinds = Counter(kind(one.joined.greeting.facts) for one in joined)
    return Gathered(sorted(joined, key=lambda one: -kinds[kind(one.joined.greeting.facts)]), out, kept)
