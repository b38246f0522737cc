"""What a person writes who has no harness: the other side of `fidelity`. It imports nothing of ours but `patient`.

`python by_hand.py STRATEGY WORKLOAD [HOST PORT]` runs one round for each line of its stdin, and prints what the round
took as a line of JSON: {"wall": seconds, "cpu": seconds}."""

from __future__ import annotations

import sys

if __name__ == "__main__" and "gevent-patched" in sys.argv[1:2]:
    import gevent.monkey

    gevent.monkey.patch_all()

import asyncio
import gc
import json
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httptools
import patient

SLEEPERS, SECONDS = 10_000, 0.5
FETCHES, FETCHES_AT_ONCE, PAGE = 2_000, 100, (bytes(range(256)) * 5)[:1024]
CONNECTIONS, MESSAGES, MESSAGE_BYTES = 500, 20, 64
SIZES = {
    "sleep": (SLEEPERS, SLEEPERS),
    "http": (FETCHES, FETCHES_AT_ONCE),
    "echo": (CONNECTIONS, CONNECTIONS),
}
READ = 65536
LENGTHS = {b"content-length", b"transfer-encoding"}

Address = tuple[str, int]
Task = Callable[[int], Any]
took: dict[str, float] = {}


@contextmanager
def clock() -> Iterator[None]:
    """Put wall and CPU seconds of what runs inside into `took`."""
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    yield
    ended, after = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    took["wall"] = ended - began
    took["cpu"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Reply:
    """One HTTP reply, parsed as it comes."""

    def __init__(self) -> None:
        self.headers: dict[bytes, bytes] = {}
        self.parts: list[bytes] = []
        self.on_header, self.on_body = self.headers.__setitem__, self.parts.append
        self.headers_whole = self.whole = False
        self.parser = httptools.HttpResponseParser(self)

    def on_headers_complete(self) -> None:
        self.headers_whole = self.parser.get_status_code() >= 200

    def on_message_complete(self) -> None:
        self.whole = self.headers_whole

    def feed(self, data: bytes) -> bool:
        if data:
            self.parser.feed_data(data)
        elif self.headers_whole and not LENGTHS & {name.lower() for name in self.headers}:
            self.whole = True
        else:
            raise ConnectionError("the server hung up")
        return self.whole

    def verified(self) -> tuple[int, int]:
        status, body = self.parser.get_status_code(), b"".join(self.parts)
        if status != 200 or body != PAGE:
            raise ValueError(f"status {status}, {len(body)} bytes that are not the page")
        return status, len(body)


def request(address: Address) -> bytes:
    host = f"{address[0]}:{address[1]}"
    path = f"/200/{len(PAGE)}/0.0"
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nConnection: close\r\n\r\n".encode()


def message(index: int, number: int) -> bytes:
    return f"task {index} says hello {number} ".encode().ljust(MESSAGE_BYTES, b"x")[:MESSAGE_BYTES]


def verify(sent: bytes, answer: bytes) -> None:
    if answer != sent.upper():
        raise ValueError(f"{answer!r} answers {sent!r}")


def blocking_task(workload: str, address: Address, sleep: Any, create_connection: Any) -> Task:
    """One task of a workload, for whoever blocks (or seems to)."""

    def connect() -> socket.socket:
        sock: socket.socket = create_connection(address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def sleeper(index: int) -> int:
        sleep(SECONDS)
        return index

    def fetch(index: int) -> tuple[int, int]:
        sock = connect()
        try:
            sock.sendall(head)
            reply = Reply()
            while not reply.feed(sock.recv(READ)):
                pass
        finally:
            sock.close()
        return reply.verified()

    def echo(index: int) -> int:
        sock = connect()
        try:
            for number in range(MESSAGES):
                sent = message(index, number)
                sock.sendall(sent)
                answer = b""
                while len(answer) < MESSAGE_BYTES and (more := sock.recv(MESSAGE_BYTES - len(answer))):
                    answer += more
                verify(sent, answer)
        finally:
            sock.close()
        return index

    head = request(address)
    return {"sleep": sleeper, "http": fetch, "echo": echo}[workload]


def awaited_task(workload: str, address: Address) -> Task:
    """One task of a workload, for asyncio."""

    async def sleeper(index: int) -> int:
        await asyncio.sleep(SECONDS)
        return index

    async def fetch(index: int) -> tuple[int, int]:
        reader, writer = await asyncio.open_connection(*address)
        try:
            writer.write(head)
            await writer.drain()
            reply = Reply()
            while not reply.feed(await reader.read(READ)):
                pass
        finally:
            writer.close()
            await writer.wait_closed()
        return reply.verified()

    async def echo(index: int) -> int:
        reader, writer = await asyncio.open_connection(*address)
        try:
            for number in range(MESSAGES):
                sent = message(index, number)
                writer.write(sent)
                await writer.drain()
                answer = b""
                while len(answer) < MESSAGE_BYTES and (more := await reader.read(MESSAGE_BYTES - len(answer))):
                    answer += more
                verify(sent, answer)
        finally:
            writer.close()
            await writer.wait_closed()
        return index

    head = request(address)
    return {"sleep": sleeper, "http": fetch, "echo": echo}[workload]


def in_greenlets(task: Task, count: int, at_once: int) -> list[Any]:
    import gevent
    from gevent.pool import Pool

    spawn = gevent.spawn if at_once == count else Pool(at_once).spawn
    greenlets = [spawn(task, index) for index in range(count)]
    gevent.joinall(greenlets, raise_error=True)
    return [greenlet.value for greenlet in greenlets]


def in_threads(task: Task, count: int, at_once: int) -> list[Any]:
    values: list[Any] = [None] * count
    slots = threading.Semaphore(at_once)

    def body(index: int) -> None:
        values[index] = task(index)

    def bounded(index: int) -> None:
        try:
            values[index] = task(index)
        finally:
            slots.release()

    threads = []
    for index in range(count):
        if at_once < count:
            slots.acquire()
        thread = threading.Thread(target=bounded if at_once < count else body, args=(index,))
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    return values


async def in_asyncio(task: Task, count: int, at_once: int) -> list[Any]:
    slots = asyncio.Semaphore(at_once)

    async def bounded(index: int) -> Any:
        async with slots:
            return await task(index)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task((task if at_once == count else bounded)(index)) for index in range(count)]
    return [task.result() for task in tasks]


async def timed(run: Callable[..., Any], task: Task, count: int, at_once: int) -> Any:
    """The values, `took` being filled: the loop is entered and left outside the clock."""
    with clock():
        return await run(task, count, at_once)


def choose(strategy: str, workload: str, address: Address) -> tuple[Callable[..., Any], Task]:
    """What runs the tasks, and the task."""
    if strategy == "asyncio":
        return in_asyncio, awaited_task(workload, address)
    if strategy == "gevent":
        import gevent
        import gevent.socket

        return in_greenlets, blocking_task(workload, address, gevent.sleep, gevent.socket.create_connection)
    return (
        in_threads if strategy == "threads" else in_greenlets,
        blocking_task(workload, address, time.sleep, socket.create_connection),
    )


def main() -> None:
    """A round for each line."""
    try:
        strategy, workload, *where = sys.argv[1:]
        count, at_once = SIZES[workload]
        address = (where[0], int(where[1])) if where else ("127.0.0.1", 0)
    except (KeyError, IndexError, ValueError):
        print(f"by_hand.py STRATEGY WORKLOAD [HOST PORT]; workloads: {', '.join(SIZES)}", file=sys.stderr)
        sys.exit(2)
    run, task = choose(strategy, workload, address)
    if (strategy, workload) == ("threads", "sleep"):
        patient.wait()
    for _ in sys.stdin:
        gc.collect()
        if strategy == "asyncio":
            values = asyncio.run(timed(run, task, count, at_once))
        else:
            with clock():  # here: gevent notes the frames of whoever spawns, and a worker has as many
                values = run(task, count, at_once)
        wanted = [(200, len(PAGE))] * count if workload == "http" else list(range(count))
        if values != wanted:
            raise SystemExit("values are missing")
        del values, wanted
        print(json.dumps(took), flush=True)


if __name__ == "__main__":
    main()
