"""What a run needs of descriptors, threads and ports, against what the machine allows. Pure arithmetic."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.record.plan import PlannedGroup, PlannedStrategy

SPARE = 50
"""Descriptors and threads of a process before a task takes any."""


@dataclass(frozen=True)
class Limits:
    """What the machine allows one process."""

    descriptors: int
    threads: int
    ports: int


def _number(path: str, default: int) -> int:
    try:
        text = Path(path).read_text().split()[0]
    except (OSError, IndexError):
        return default
    return int(text) if text.isdigit() else default


def here() -> Limits:
    """The limits of this machine. A soft descriptor limit counts at its hard one: `raised_soft_limit` lifts it."""
    plenty = 1 << 30
    processes = resource.getrlimit(resource.RLIMIT_NPROC)[0]
    low, high = 32768, 60999
    with contextlib.suppress(OSError, ValueError):
        low, high = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    return Limits(
        descriptors=resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        threads=min(
            processes if processes > 0 else plenty,
            _number("/proc/sys/kernel/threads-max", plenty),
            _number("/proc/sys/kernel/pid_max", plenty),
            _number("/proc/sys/vm/max_map_count", plenty) // 2,  # a thread maps its stack and a guard page
            _number("/sys/fs/cgroup/pids.max", plenty),
        ),
        ports=high - low + 1,
    )


@contextlib.contextmanager
def raised_soft_limit() -> Iterator[None]:
    """Lift the soft limit of descriptors to the hard one, for us and what we start meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def excesses(group: PlannedGroup, strategies: list[PlannedStrategy], limits: Limits) -> Iterator[str]:
    """What is too much, a sentence each, with the sum."""
    sockets = group.concurrency * group.sockets_per_task
    cell = f"{group.workload} with {group.concurrency:,} in flight"
    if sockets + SPARE > limits.descriptors and sockets:
        yield (
            f"{cell} needs {sockets:,} + {SPARE} = {sockets + SPARE:,} file descriptors, the limit is "
            f"{limits.descriptors:,}: raise it (ulimit -n) or lower --concurrency"
        )
    if group.peer_module and sockets > limits.ports:
        yield (
            f"{cell} needs {sockets:,} ports to one address, the range has {limits.ports:,}: "
            "widen net.ipv4.ip_local_port_range or lower --concurrency"
        )
    for strategy in strategies:
        threads = group.concurrency * strategy.threads_per_task
        if threads and threads + SPARE > limits.threads:
            yield (
                f"{cell} under {strategy.name} needs {threads:,} + {SPARE} = {threads + SPARE:,} threads, the limit "
                f"is {limits.threads:,}: lower --concurrency or leave {strategy.name} out"
            )
