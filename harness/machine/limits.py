"""What a run needs of descriptors, threads and ports, against what the machine allows."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.machine.host import text
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
    said = text(path).strip()
    return int(said) if said.isdigit() else default


def _cgroups() -> Iterator[Path]:
    """The folders of our control groups (version 2), from ours to the topmost that is to be seen."""
    top = Path("/sys/fs/cgroup")
    named = (line.removeprefix("0::/") for line in text("/proc/self/cgroup").splitlines() if line.startswith("0::/"))
    for name in named:
        yield from (folder for folder in (top / name, *(top / name).parents) if folder.is_relative_to(top))


def free_memory() -> int | None:
    """Bytes that the machine has for us, within what our control groups allow; None where neither says."""
    plenty = 1 << 60
    lines = (line.split() for line in text("/proc/meminfo").splitlines())
    free = [int(line[1]) * 1024 for line in lines if line[0] == "MemAvailable:"]
    least = min(*free, *(_number(f"{folder}/memory.max", plenty) for folder in _cgroups()), plenty)
    return least if least < plenty else None


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
            *(_number(f"{folder}/pids.max", plenty) for folder in _cgroups()),
        ),
        ports=high - low + 1,
    )


@contextlib.contextmanager
def raised_soft_limit() -> Iterator[None]:
    """Lift the soft limit of descriptors to the hard one, for us and what we start meanwhile. Raises OSError where the
    system lets nobody."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    _limit_descriptors(hard, hard)
    try:
        yield
    finally:
        _limit_descriptors(soft, hard)


def _limit_descriptors(soft: int, hard: int) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    except ValueError:  # what Python makes of EPERM
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM)) from None


OURS, OF_WORKER = 10, 5
"""Descriptors that we hold while a block runs, and for each of its workers: one for each strategy, and a second one of
the null arm. Counted: 28 with 4 strategies, 63 with 10, 93 with 16."""


def excesses(group: PlannedGroup, strategies: list[PlannedStrategy], limits: Limits) -> Iterator[str]:
    """What is too much, a sentence each, with the sum."""
    sockets = group.concurrency * group.sockets_per_task
    cell = f"{group.workload} with {group.concurrency:,} in flight"
    if sockets + SPARE > limits.descriptors and sockets:
        yield (
            f"{cell} needs {sockets:,} + {SPARE} = {sockets + SPARE:,} file descriptors, the limit is "
            f"{limits.descriptors:,}: raise it (ulimit -n) or lower --concurrency"
        )
    if group.generators > group.concurrency:
        yield (
            f"-P generators={group.generators} is more than the connections of {group.workload}, "
            f"{group.concurrency:,}: each has a share of them, so write a smaller one or raise --concurrency"
        )
    workers = group.processes * (sum(one.status == "ok" for one in strategies) + 1)
    ours = OURS + OF_WORKER * (workers + group.generators - 1)
    if ours > limits.descriptors:
        of = f" of {group.processes:,} processes each" if group.processes > 1 else ""
        yield (
            f"{len(strategies)} strategies{of} side by side need {ours:,} file descriptors of ours, the limit is "
            f"{limits.descriptors:,}: raise it (ulimit -n) or name fewer strategies"
        )
    if group.peer_module and sockets > limits.ports:
        yield (
            f"{cell} needs {sockets:,} ports to one address, the range has {limits.ports:,}: "
            "widen net.ipv4.ip_local_port_range or lower --concurrency"
        )
    for name, many in (("processes", group.processes), ("generators", group.generators)):
        if many == 1 or many * SPARE <= limits.threads:
            continue
        yield (
            f"-P {name}={many} needs {many:,} x {SPARE} = {many * SPARE:,} threads, the limit is "
            f"{limits.threads:,}: write a smaller one"
        )
    for strategy in strategies:
        pool = group.taken_by(strategy).get("pool")
        if pool and pool + SPARE > limits.threads and not (strategy.loop or strategy.threads_per_task):
            yield (
                f"-P pool={pool} under {strategy.name} needs {pool:,} + {SPARE} = {pool + SPARE:,} processes, the "
                f"limit is {limits.threads:,}: write a smaller one"
            )
        threads = min(group.concurrency, group.processes * (pool or group.concurrency)) * strategy.threads_per_task
        spare = SPARE * group.processes
        if threads and threads + spare > limits.threads:
            yield (
                f"{cell} under {strategy.name} needs {threads:,} + {spare:,} = {threads + spare:,} threads, the limit "
                f"is {limits.threads:,}: lower --concurrency or leave {strategy.name} out"
            )
