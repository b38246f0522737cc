"""What a reader of a row should know of what its tasks left behind, and started beside themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from harness.record.sample import Sample

CHILDREN_SHARE = 0.01
"""Of a round's processor time, from which on the share of children is said."""
MOST_NAMES = 4
POOLS = "ThreadPoolExecutor"
"""How the threads of pools are called, which a pool keeps for its next call."""
COUNTED = {
    "children": ("child process", "child processes", "still running"),
    "not_waited_for": ("child process", "child processes", "not waited for"),
    "tasks": ("asyncio task", "asyncio tasks", "not finished, beside those of the round"),
    "calls": ("call to a pool", "calls to a pool", "not finished"),
    "greenlets": ("greenlet", "greenlets", "still running"),
}


def left_behind(samples: Sequence[Sample]) -> Iterator[str]:
    """A sentence for each kind of thing that the tasks of a row left running, open or changed."""
    yield from _children(samples)
    if threads := most(samples, "threads"):
        names = ", ".join(union(samples, "thread_names"))
        yield f"after its rounds {counted(threads, 'thread', 'threads')} still running: {names}"
    for name, (one, many, how) in COUNTED.items():
        if number := most(samples, name):
            yield f"after its rounds {counted(number, one, many)} {how}"
    if each := most(samples, "descriptors_each_round"):
        yield f"each of its rounds left {each:,} more descriptors open"
    if changed := union(samples, "changed"):
        more = f" and {len(changed) - MOST_NAMES} more" if len(changed) > MOST_NAMES else ""
        yield f"its tasks changed {', '.join(changed[:MOST_NAMES])}{more}"
    for noise in union(samples, "failed_in_libraries")[:MOST_NAMES]:
        yield f"went wrong beside its tasks, within a library: {noise}"


def unfinished(samples: Sequence[Sample]) -> bool:
    """Whether a row left work that nobody waited for, which is not in its times: all but the idle threads of pools."""
    running = any(most(samples, name) for name in ("children", "tasks", "calls", "greenlets"))
    return running or any(not name.startswith(POOLS) for name in union(samples, "thread_names"))


def _children(samples: Sequence[Sample]) -> Iterator[str]:
    rounds = [round for sample in samples for round in sample.rounds]
    used = sum(round.cpu_children_seconds for round in rounds)
    if used > CHILDREN_SHARE * sum(round.cpu_seconds for round in rounds):
        share = used / sum(round.cpu_seconds for round in rounds)
        held = [sample.children_peak_bytes for sample in samples if sample.children_peak_bytes]
        memory = f", and {median(held) / 2**20:.3g} MiB of its memory" if held else "; their memory was not seen"
        yield f"{share:.0%} of its processor time was that of child processes{memory}"


def most(samples: Sequence[Sample], name: str) -> int:
    """The most of something that any sample has left."""
    return max((int(sample.left.get(name, 0)) for sample in samples), default=0)


def union(samples: Sequence[Sample], name: str) -> list[str]:
    """All that any sample has of something, in order."""
    every: dict[Any, None] = {}
    for sample in samples:
        every |= dict.fromkeys(sample.left.get(name, ()))
    return [str(one) for one in every]


def counted(number: int, one: str, many: str) -> str:
    """A number of things, and that they were."""
    return f"{number:,} {one} was" if number == 1 else f"{number:,} {many} were"
