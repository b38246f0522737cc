"""Tasks that can be pickled: they tell what they do by lines in a file."""

from __future__ import annotations

import os
import signal
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from harness.strategies.base import AsyncIo

WAIT = 0.005


class Line(NamedTuple):
    """What a task told."""

    what: str
    task: int
    at: float
    pid: int


class Notes:
    """A file that any process may add lines to."""

    def __init__(self, path: str) -> None:
        self._path = path

    def add(self, what: str, index: int) -> None:
        with open(self._path, "a") as file:
            file.write(f"{what} {index} {time.monotonic()} {os.getpid()}\n")

    def lines(self) -> list[Line]:
        parted = map(str.split, Path(self._path).read_text().splitlines())
        return [Line(what, int(index), float(at), int(pid)) for what, index, at, pid in parted]

    def told(self, what: str) -> list[int]:
        return [line.task for line in self.lines() if line.what == what]


@contextmanager
def notes() -> Iterator[Notes]:
    """A new file of notes."""
    with tempfile.NamedTemporaryFile(prefix="harness-") as file:
        yield Notes(file.name)


class Odd(Exception):
    """What a task fails with: of a kind that its pickle does not bring back."""

    def __init__(self, text: str, more: str) -> None:
        super().__init__(text + more)


class Waits:
    """A task that tells when it begins and ends. It may wait, and return something else than its index."""

    def __init__(self, io: AsyncIo, notes: Notes, waits: float = 0.0, values: Any = None) -> None:
        self.io, self.notes, self.waits, self.values = io, notes, waits, values

    async def __call__(self, index: int) -> Any:
        self.notes.add("begun", index)
        if self.waits:
            await self.io.sleep(self.waits)
        self.notes.add("ended", index)
        return self.values[index] if self.values is not None else index


class Late(Waits):
    """A task that ends the later the earlier it is."""

    async def __call__(self, index: int) -> int:
        await self.io.sleep((8 - index) * 0.002)
        return index * 10


class Fails(Waits):
    """A task that fails where it is the third, of a cause; the others go on for a while."""

    async def __call__(self, index: int) -> int:
        self.notes.add("begun", index)
        if index == 2:
            self.a_frame_of_the_task()
        for _ in range(5):
            await self.io.sleep(WAIT)
            self.notes.add("beat", index)
        return index

    def a_frame_of_the_task(self) -> None:
        raise ValueError("in task 2") from OSError("the cause")


class FailsOddly(Fails):
    """As `Fails`, with what no pickle brings back."""

    def a_frame_of_the_task(self) -> None:
        raise Odd("in task", " 2")


class Kills(Waits):
    """A task that ends its process, where it is the third."""

    async def __call__(self, index: int) -> int:
        if index == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return os.getpid()


class Meets(Waits):
    """A task that is told apart from the others by whether one began before it ended."""

    async def __call__(self, index: int) -> bool:
        self.notes.add("begun", index)
        for _ in range(100):
            if len(self.notes.lines()) > 1:
                return True
            await self.io.sleep(WAIT)
        return False


class Talks:
    """A task that has a server answer."""

    def __init__(self, io: AsyncIo, port: int, authority: str | None = None) -> None:
        self.io, self.port, self.authority = io, port, authority

    async def __call__(self, index: int) -> bytes:
        tls = ssl.create_default_context(cafile=self.authority) if self.authority else None
        stream = await self.io.connect(("127.0.0.1", self.port), tls)
        hello = f"hello from task {index}, bye".encode()
        await stream.send(hello)
        answer = b""
        while more := await stream.receive(5):
            assert len(more) <= 5
            answer += more
        await stream.close()
        return answer


class ReturnsALock(Waits):
    """A task whose value no pickle has room for."""

    async def __call__(self, index: int) -> Any:
        return threading.Lock()
