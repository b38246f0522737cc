"""What a reader of a row should know of what its tasks left behind, and started beside themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

import msgspec

from harness.record.sample import Leftover, Sample

CHILDREN_SHARE = 0.01
"""Of a round's processor time, from which on the share of children is said."""
MOST_NAMES, MOST_PROCESSES = 4, 3
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
        running = counted(threads, "thread", "threads")
        yield f"after its rounds {running} still running: {names}{_where(samples, 'threads')}"
    for name, (one, many, how) in COUNTED.items():
        if number := most(samples, name):
            which = _children_named(samples) if name == "children" else ""
            yield f"after its rounds {counted(number, one, many)} {how}{which or _where(samples, name)}"
    yield from outlived(samples)
    if each := most(samples, "descriptors_each_round"):
        yield f"each of its rounds left {each:,} more descriptors open"
    if changed := union(samples, "changed"):
        more = f" and {len(changed) - MOST_NAMES} more" if len(changed) > MOST_NAMES else ""
        yield f"its tasks changed {', '.join(changed[:MOST_NAMES])}{more}"
    for noise in union(samples, "failed_in_libraries")[:MOST_NAMES]:
        yield f"went wrong beside its tasks, within a library: {noise}"


def outlived(samples: Sequence[Sample]) -> Iterator[str]:
    """The same of processes alone that were still running when their worker had ended; children were said before."""
    left = [
        (sample.block, one)
        for sample in samples
        for one in sample.left_behind
        if one.pid not in sample.left.get("child_pids", ())
    ]
    if left:
        number = len(left)
        yield f"{counted(number, 'process', 'processes')} ended that its tasks had left behind{_listed(left, number)}"


def unfinished(samples: Sequence[Sample]) -> bool:
    """Whether a row left work that nobody waited for, which is not in its times: all but the idle threads of pools."""
    running = any(most(samples, name) for name in ("children", "tasks", "calls", "greenlets"))
    return running or any(not name.startswith(POOLS) for name in union(samples, "thread_names"))


def _children_named(samples: Sequence[Sample]) -> str:
    """Those of the block that left most."""
    worst = max(samples, key=lambda sample: int(sample.left.get("children", 0)))
    named = msgspec.convert(worst.left.get("child_names", []), list[Leftover])
    return _listed([(worst.block, one) for one in named], int(worst.left["children"]))


def _listed(left: Sequence[tuple[int, Leftover]], number: int) -> str:
    """Processes of blocks, of so many: the first of them by name."""
    shown = []
    for block, one in left[:MOST_PROCESSES]:
        ports = [f"port {port}" for port in one.ports]
        shown.append(f"{one.name} ({', '.join((f'block {block + 1}', f'pid {one.pid}', *ports))})")
    more = [f"{number - len(shown):,} more"] if number > len(shown) else []
    return f": {', '.join(shown + more)}" if shown else ""


def _where(samples: Sequence[Sample], name: str) -> str:
    """In which blocks, where not in all of them."""
    blocks = sorted({sample.block + 1 for sample in samples if sample.left.get(name)})
    if len(blocks) == len({sample.block for sample in samples}):
        return ""
    return f" (block{'s' if len(blocks) > 1 else ''} {', '.join(map(str, blocks))})"


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
