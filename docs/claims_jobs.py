"""Tasks of docs/claims.py: exchanges with another process, alone and beside a thread that computes."""

from __future__ import annotations

import socket
import subprocess
import threading
from functools import cache


@cache
def echo() -> socket.socket:
    """A connection to a process that sends back what it is sent, and needs no GIL of ours."""
    ours, theirs = socket.socketpair()
    subprocess.Popen(["cat"], stdin=theirs.fileno(), stdout=theirs.fileno())
    theirs.close()
    return ours


@cache
def computing() -> threading.Thread:
    """A thread that computes for ever."""
    thread = threading.Thread(target=spin, daemon=True)
    thread.start()
    return thread


def spin() -> None:
    while True:
        pass


def ping(index: int) -> None:
    """One exchange: the GIL is let go of, and asked for again, twice."""
    echo().sendall(b"x")
    echo().recv(1)


def ping_beside_a_thread_that_computes(index: int) -> None:
    computing()
    ping(index)
