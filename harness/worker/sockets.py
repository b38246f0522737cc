"""TCP sockets and counters of this process's namespace, as the kernel tells of them (`/proc/self/net`, proc(5))."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import NamedTuple

COUNTERS = ("ListenOverflows", "ListenDrops", "TCPSynRetrans", "TCPTimeouts")
ESTABLISHED, SYN_SENT, LISTEN = "01", "02", "0A"
ENDED = " 06 00000000:00000000 "
"""TIME_WAIT: there may be thousands, of which none is anybody's."""
MOST_BYTES = 4_000_000
_open, _listdir, _readlink = open, os.listdir, os.readlink


class Socket(NamedTuple):
    """A line of /proc/net/tcp."""

    local: str
    remote: str
    state: str
    unread: int
    inode: str


def counters() -> dict[str, int]:
    """Counters of this namespace since it began; none where the kernel does not tell."""
    with contextlib.suppress(OSError, ValueError), _open("/proc/self/net/netstat") as file:
        lines = [line.split() for line in file if line.startswith("TcpExt:")]
        return {name: int(value) for name, value in zip(*lines[:2], strict=True) if name in COUNTERS}
    return {}


def sockets() -> list[Socket]:
    """All of this namespace."""
    return [one for name in ("tcp", "tcp6") for one in lines_of(f"/proc/self/net/{name}")]


def lines_of(path: str) -> Iterator[Socket]:
    """The sockets of one family."""
    with contextlib.suppress(OSError), _open(path) as file:
        for line in file.read(MOST_BYTES).splitlines()[1:]:
            if ENDED not in line and len(fields := line.split()) > 9:
                yield Socket(fields[1], fields[2], fields[3], int(fields[4].partition(":")[2], 16), fields[9])


def inodes(process: str = "self") -> set[str]:
    """Of a process's sockets; none of one that may not be asked."""
    found = set()
    with contextlib.suppress(OSError):
        for name in _listdir(f"/proc/{process}/fd"):
            with contextlib.suppress(OSError):
                link = _readlink(f"/proc/{process}/fd/{name}")
                if link.startswith("socket:["):
                    found.add(link[8:-1])
    return found


def listener_of(peer: str, everything: list[Socket]) -> str | None:
    """The process that listens where a peer is, if it may be asked."""
    wanted = {one.inode for one in everything if one.state == LISTEN and port_of(one.local) == port_of(peer)}
    processes = [name for name in _listdir("/proc") if name.isdecimal()] if wanted else []
    return next((name for name in processes if inodes(name) & wanted), None)


def cpu_of(process: str) -> tuple[float, float]:
    """Seconds that a process's threads have run, and stood in line for a core."""
    run = line = 0.0
    with contextlib.suppress(OSError, ValueError, IndexError):
        for thread in _listdir(f"/proc/{process}/task"):
            with _open(f"/proc/{process}/task/{thread}/schedstat") as file:
                fields = file.read().split()
            run, line = run + int(fields[0]) / 1e9, line + int(fields[1]) / 1e9
    return run, line


def port_of(name: str) -> str:
    """The port of an address: whoever listens at all addresses listens at this one, too."""
    return name.rpartition(":")[2]


def address(name: str) -> str:
    """127.0.0.1:80 for 0100007F:0050; the port alone of a long one."""
    host, _, port = name.partition(":")
    parts = [str(byte) for byte in reversed(bytes.fromhex(host))] if len(host) == 8 else []
    return f"{'.'.join(parts) or 'port '}{':' if parts else ''}{int(port, 16)}"
