"""Processes that a task started: how many there are, which, and what they have used of processors."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from harness.worker import sockets

_waitid, _getrusage, _clock = os.waitid, resource.getrusage, time.clock_gettime
_open, _listdir, _getpid = open, os.listdir, os.getpid
_now, _sleep = time.monotonic, time.sleep
TICK = 1 / os.sysconf("SC_CLK_TCK")
OWN_HELPERS = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")
"""What multiprocessing keeps for the whole of a program."""


class Process(NamedTuple):
    """A process as /proc shows it."""

    pid: int
    parent: int
    ended: bool
    waited_for: float
    """Seconds of processor that its own children took, those that it has waited for."""


def seconds() -> float:
    """Seconds of processor of all children so far: those that were waited for, and those that are still there."""
    waited = _getrusage(resource.RUSAGE_CHILDREN)
    return waited.ru_utime + waited.ru_stime + (sum(map(used, offspring())) if there_are() else 0.0)


def there_are() -> bool:
    """Whether there are any, ended or not, that were not waited for. Takes a microsecond."""
    try:
        _waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def used(process: Process) -> float:
    """Seconds of processor of a process, and of those that it has waited for (clock_getcpuclockid(3))."""
    with contextlib.suppress(OSError):
        return _clock((~process.pid << 3) | 2) + process.waited_for
    return 0.0


def offspring() -> list[Process]:
    """Children, their children, and so on."""
    found = {one.pid: one for one in processes()}
    by_parent: dict[int, list[Process]] = {}
    for one in found.values():
        by_parent.setdefault(one.parent, []).append(one)
    ours, look_at = list[Process](), [_getpid()]
    while look_at:
        children = by_parent.get(look_at.pop(), [])
        ours += children
        look_at += [child.pid for child in children]
    return ours


def left() -> list[Process]:
    """Those of them that somebody's task has left behind."""
    return [one for one in offspring() if not helps(one)] if there_are() else []


def named(family: Sequence[Process]) -> list[dict[str, Any]]:
    """Their names, their numbers, and the TCP ports on which they listen."""
    listening = [one for one in sockets.sockets() if one.state == sockets.LISTEN] if family else []
    found = []
    for process in family:
        inodes = sockets.inodes(str(process.pid))
        ports = sorted({int(sockets.port_of(one.local), 16) for one in listening if one.inode in inodes})
        found.append({"name": _text(str(process.pid), "comm").strip(), "pid": process.pid, "ports": ports})
    return found


def wait_for_copies(seconds: float) -> None:
    """Give copies of this process, forked off it, time to end, or to run on and say so."""
    until = _now() + seconds
    while _now() < until and any(not one.ended and is_copy(one.pid) for one in left()):
        _sleep(0.02)


def is_copy(pid: int) -> bool:
    """Whether a process was forked off this one and runs nothing else; those of multiprocessing do their work."""
    known = sys.modules.get("multiprocessing.process")
    if known and any(getattr(one, "_popen", None) and one._popen.pid == pid for one in known._children):
        return False
    return _text(str(pid), "cmdline") == _text("self", "cmdline")


def _text(pid: str, name: str) -> str:
    """What a file of a process says; nothing where it has ended."""
    with contextlib.suppress(OSError), _open(f"/proc/{pid}/{name}", errors="replace") as file:
        return file.read()
    return ""


def helps(process: Process) -> bool:
    """Whether it is a helper that multiprocessing keeps. (What a forkserver forks off has its command line as well.)"""
    return process.parent == _getpid() and any(name in _text(str(process.pid), "cmdline") for name in OWN_HELPERS)


def processes() -> Iterator[Process]:
    """Every process that there is."""
    for name in filter(str.isdigit, _listdir("/proc")):
        with contextlib.suppress(OSError), _open(f"/proc/{name}/stat", "rb") as stat:
            fields = stat.read().rpartition(b")")[2].split()
            waited_for = (int(fields[13]) + int(fields[14])) * TICK
            yield Process(int(name), int(fields[1]), fields[0] in b"ZX", waited_for)
