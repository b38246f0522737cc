"""Tasks of docs/claims.py: exchanges with another process, alone and beside a thread that computes; and a server."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from functools import cache
from typing import Literal

from harness.strategies.base import AsyncIo, AsyncStream, Io, Stream
from harness.workloads.mixed import computed
from harness.workloads.serving import Serving


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


@dataclass(frozen=True)
class Pages(Serving):
    """Each page takes so many seconds of waiting and computing, in which its process does nothing else: a worker that
    takes one request at a time. Then comes the endpoint, which does nothing: where the loop runs, or, as FastAPI and
    Starlette have a `def`, in one of 40 threads."""

    waiting: float = 0.0
    computing: float = 0.0
    endpoint: Literal["async", "def"] = "async"

    def exchange(self, index: int) -> tuple[bytes, bytes]:
        return b"page\n", b"done\n"

    def handle(self, io: Io, stream: Stream) -> None:
        while data := stream.receive(65536):
            for _ in range(data.count(b"\n")):
                self.page()
                stream.send(b"done\n")

    async def async_handle(self, io: AsyncIo, stream: AsyncStream) -> None:
        from anyio import to_thread

        while data := await stream.receive(65536):
            for _ in range(data.count(b"\n")):
                self.page()
                if self.endpoint == "def":
                    await to_thread.run_sync(nothing)
                await stream.send(b"done\n")

    def page(self) -> None:
        if self.waiting:
            time.sleep(self.waiting)
        computed(self.computing, 0)


def nothing() -> None:
    """What the endpoint does."""
