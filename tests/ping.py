"""Round trips of ICMP echoes (RFC 792), which the kernel at the other end answers. Run as root: `python tests/ping.py
ADDRESS NUMBER` prints them, seconds, as JSON."""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import time

ECHO, REPLY, IP_HEADER = 8, 0, 20


def echo(sequence: int) -> bytes:
    about = os.getpid() & 0xFFFF, sequence
    total = (ECHO << 8) + sum(about)
    total = (total & 0xFFFF) + (total >> 16)
    return struct.pack(">BBHHH", ECHO, 0, ~total & 0xFFFF, *about)


def pings(address: str, number: int) -> list[float]:
    took = []
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as line:
        line.settimeout(1.0)
        for sequence in range(number):
            asked = echo(sequence)
            began = time.perf_counter()
            line.sendto(asked, (address, 0))
            while (said := line.recv(256)[IP_HEADER:])[4:] != asked[4:] or said[0] != REPLY:
                pass
            took.append(time.perf_counter() - began)
    return took


if __name__ == "__main__":
    print(json.dumps(pings(sys.argv[1], int(sys.argv[2]))))
