"""Round trips of ICMP echoes (RFC 792), which the kernel at the other end answers, and ours says when each came
(`SO_TIMESTAMPNS`), as of ping(8): our waking up is no part of it. Run as root: `python tests/ping.py ADDRESS NUMBER`
prints them, seconds, as JSON."""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import time

ECHO, REPLY, IP_HEADER = 8, 0, 20
SO_TIMESTAMPNS, TIMESPEC = 35, struct.Struct("@qq")


def echo(sequence: int) -> bytes:
    about = os.getpid() & 0xFFFF, sequence
    total = (ECHO << 8) + sum(about)
    total = (total & 0xFFFF) + (total >> 16)
    return struct.pack(">BBHHH", ECHO, 0, ~total & 0xFFFF, *about)


def pings(address: str, number: int) -> list[float]:
    took = []
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as line:
        line.settimeout(1.0)
        line.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        for sequence in range(number):
            asked = echo(sequence)
            began = time.time_ns()
            line.sendto(asked, (address, 0))
            while True:
                said, about, *_ = line.recvmsg(256, socket.CMSG_SPACE(TIMESPEC.size))
                if said[IP_HEADER] == REPLY and said[IP_HEADER + 4 :] == asked[4:]:
                    break
            seconds, nanoseconds = TIMESPEC.unpack(about[0][2])
            took.append((seconds * 10**9 + nanoseconds - began) / 1e9)
    return took


if __name__ == "__main__":
    print(json.dumps(pings(sys.argv[1], int(sys.argv[2]))))
