"""A cable of some length between two network namespaces, where the kernel has no netem: a pair of TAP devices, whose
frames this program carries, each so many seconds late. Run as root: `python tests/cable.py HOST NET DEVICE SECONDS`; it
makes `eth0` in the one namespace and DEVICE in the other, prints a line, and runs until it is killed."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import select
import struct
import sys
import time
from collections import deque

CLONE_NEWNET, TUNSETIFF, TAP_WITHOUT_HEADER = 0x40000000, 0x400454CA, 0x1002
WAKING = 0.00003
"""Seconds by which a frame is late by itself."""
LARGEST = 65535


def tap(namespace: str, name: str) -> int:
    with open(f"/run/netns/{namespace}") as there:
        if ctypes.CDLL(None, use_errno=True).setns(there.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {namespace}")
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), TAP_WITHOUT_HEADER))
    return descriptor


def carry(ends: tuple[int, int], late: float) -> None:
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    due: deque[tuple[float, int, bytes]] = deque()
    now = time.perf_counter
    while True:
        wait = max(0.0, due[0][0] - now()) if due else None
        for end in select.select(ends, [], [], wait)[0]:
            with contextlib.suppress(BlockingIOError):
                while True:
                    due.append((now() + late, other[end], os.read(end, LARGEST)))
        while due and due[0][0] <= now():
            _, end, frame = due.popleft()
            with contextlib.suppress(OSError):  # its queue is full, or its device is down
                os.write(end, frame)


def main(host: str, net: str, device: str, seconds: str) -> None:
    ends = tap(host, "eth0"), tap(net, device)
    with contextlib.suppress(OSError):  # before whatever else wants a processor
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    with open("/proc/self/timerslack_ns", "w") as slack:
        slack.write("1")
    print("there", flush=True)
    carry(ends, max(0.0, float(seconds) - WAKING))


if __name__ == "__main__":
    main(*sys.argv[1:])
