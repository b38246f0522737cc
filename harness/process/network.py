"""What lies between this host and another: the addresses to be reached by, the round trip, the device of the route."""

from __future__ import annotations

import ipaddress
import json
import shutil
import socket
import statistics
import struct
import subprocess
from collections.abc import Sequence
from typing import Any

import psutil

TRIES, CONNECT_SECONDS, TOOL_SECONDS = 60, 3.0, 10.0
RTT = struct.Struct("68xI")
"""Microseconds, in `struct tcp_info` (linux/tcp.h): where a connection has just been made, what that took."""


def addresses(public: bool) -> list[str]:
    """The addresses of this host by which others may reach it, those of private networks first, others if asked for."""
    found = [
        one.address
        for each in psutil.net_if_addrs().values()
        for one in each
        if one.family in (socket.AF_INET, socket.AF_INET6)
    ]
    parsed = [ipaddress.ip_address(one) for one in found if "%" not in one]
    reachable = [one for one in parsed if not (one.is_loopback or one.is_link_local or one.is_unspecified)]
    return [str(one) for one in sorted(reachable, key=lambda one: one.is_global) if public or not one.is_global]


def listening(host: str) -> socket.socket:
    """A listener whose connections nobody accepts: the kernel makes them. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, 0), family=family, backlog=1024)


def round_trip(address: Sequence[Any]) -> float:
    """Seconds that a connection took to a listener, from SYN to SYN-ACK as the kernel measured it (`TCP_INFO`): the
    median of several, so that no program at the other end has a part in it. Raises OSError."""
    took = []
    for _ in range(TRIES):
        with socket.create_connection((address[0], address[1]), timeout=CONNECT_SECONDS) as line:
            microseconds: int = RTT.unpack(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, RTT.size))[0]
            took.append(microseconds / 1e6)
    return statistics.median(took)


def route(host: str) -> dict[str, Any]:
    """This host's end of the way to another: `address`, `device`, `mtu` and, where `ip` is there, `qdisc`. Raises
    OSError where there is no way."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        line.connect((host, 9))  # sends nothing
        ours = line.getsockname()[0]
    devices = [name for name, each in psutil.net_if_addrs().items() if any(one.address == ours for one in each)]
    device = devices[0] if devices else None
    about = psutil.net_if_stats().get(device or "")
    return {"address": ours, "device": device, "mtu": about and about.mtu, "qdisc": _qdisc(device)}


def _qdisc(device: str | None) -> str | None:
    """How a device queues what it sends."""
    if device is None or not shutil.which("ip"):
        return None
    try:
        done = subprocess.run(
            ["ip", "-j", "link", "show", "dev", device], capture_output=True, text=True, timeout=TOOL_SECONDS
        )
        found: str | None = json.loads(done.stdout)[0].get("qdisc")
    except (OSError, subprocess.TimeoutExpired, ValueError, LookupError):
        return None
    return found
