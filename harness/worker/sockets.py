"""TCP sockets and counters of this process's namespace, as the kernel tells of them: `/proc/self/net` (proc(5)), and
sock_diag(7), which leaves out the thousands that may be in TIME_WAIT, of which none is anybody's."""

from __future__ import annotations

import _socket
import contextlib
import os
import struct
from collections.abc import Iterator
from typing import NamedTuple

COUNTERS = ("ListenOverflows", "ListenDrops", "TCPSynRetrans", "TCPTimeouts")
ESTABLISHED, SYN_SENT, LISTEN = "01", "02", "0A"
ENDED = " 06 00000000:00000000 "
MOST_BYTES = 4_000_000
NETLINK_SOCK_DIAG, BY_FAMILY, DUMP, DONE, ERROR = 4, 20, 0x301, 3, 2
HEADER, ASKED = struct.Struct("=IHHII"), struct.Struct("=BBBxI48x")
FOUND = struct.Struct("=BB2x2s2s16s16s16xI8xI")
"""Of netlink; of what is asked for; of a socket: its family, state, ports, addresses, unread bytes, and inode."""
_open, _listdir, _readlink = open, os.listdir, os.readlink


class Socket(NamedTuple):
    """What /proc/net/tcp says of one, as it says it."""

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
    """All of this namespace that listen, connect or are connected."""
    try:
        return [one for family in (_socket.AF_INET, _socket.AF_INET6) for one in dumped(family)]
    except OSError:
        return [one for name in ("tcp", "tcp6") for one in lines_of(f"/proc/self/net/{name}")]


def dumped(family: int) -> Iterator[Socket]:
    """The sockets of one family, by sock_diag. Raises OSError where the kernel has none, or tells nobody."""
    states = sum(1 << int(state, 16) for state in (ESTABLISHED, SYN_SENT, LISTEN))
    asked = ASKED.pack(family, _socket.IPPROTO_TCP, 0, states)
    line = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_DGRAM, NETLINK_SOCK_DIAG)
    try:
        line.send(HEADER.pack(HEADER.size + len(asked), BY_FAMILY, DUMP, 0, 0) + asked)
        read = 0
        while read < MOST_BYTES:
            data, at = line.recv(1 << 16), 0
            read += len(data)
            while at < len(data):
                length, kind, *_ = HEADER.unpack_from(data, at)
                if kind in (DONE, ERROR):
                    number = -struct.unpack_from("=i", data, at + HEADER.size)[0]
                    if number:
                        raise OSError(number, os.strerror(number))
                    return
                yield _found(data, at + HEADER.size)
                at += length
    finally:
        line.close()


def _found(data: bytes, at: int) -> Socket:
    family, state, port, peer, local, remote, unread, inode = FOUND.unpack_from(data, at)
    size = 4 if family == _socket.AF_INET else 16
    return Socket(_named(local[:size], port), _named(remote[:size], peer), f"{state:02X}", unread, str(inode))


def _named(host: bytes, port: bytes) -> str:
    words = struct.unpack(f"={len(host) // 4}I", host)
    return "".join(f"{word:08X}" for word in words) + f":{int.from_bytes(port):04X}"


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
