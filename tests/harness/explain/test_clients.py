"""Pools of HTTP clients that are smaller than the concurrency, and as large."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sampled import fault, findings

TASKS, POOL = 12, 4


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One request after another on each connection, 200 ms each."""
    try:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(0.2)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    except (asyncio.IncompleteReadError, OSError):
        writer.close()


async def serve(stop: threading.Event, at: list[str], ready: threading.Event) -> None:
    """Answer everybody until `stop`; says where."""
    async with await asyncio.start_server(answer, "127.0.0.1", 0, backlog=500) as server:
        at.append("http://{}:{}/".format(*server.sockets[0].getsockname()))
        ready.set()
        await asyncio.to_thread(stop.wait)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Of a server that answers everybody at once."""
    stop, ready, at = threading.Event(), threading.Event(), list[str]()
    thread = threading.Thread(target=lambda: asyncio.run(serve(stop, at, ready)))
    thread.start()
    ready.wait()
    yield at[0]
    stop.set()
    thread.join()


CLIENTS = {
    "urllib3": ("urllib3.HTTPConnectionPool", ("threads", "gevent-patched"), """
        import urllib3
        client = urllib3.PoolManager(maxsize={size}, block=True)
        def task(index):
            return client.request("GET", "{url}").status  # FAULT
        """),
    "requests": ("urllib3.HTTPConnectionPool", ("gevent-patched",), """
        import requests
        session = requests.Session()
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize={size}, pool_block=True))
        def task(index):
            return session.get("{url}").status_code  # FAULT
        """),
    "aiohttp": ("aiohttp.TCPConnector", ("asyncio", "uvloop"), """
        import aiohttp
        def open():
            global client
            client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit={size}))
        async def task(index):
            if not index:
                open()
            async with client.get("{url}") as answer:  # FAULT
                return len(await answer.read())
        """),
    "httpx2": ("httpcore2.ConnectionPool", ("threads",), """
        import httpx2
        client = httpx2.Client(limits=httpx2.Limits(max_connections={size}))
        def task(index):
            return client.get("{url}").status_code  # FAULT
        """),
    "httpx2, awaited": ("httpcore2.AsyncConnectionPool", ("asyncio", "trio"), """
        import httpx2
        client = httpx2.AsyncClient(limits=httpx2.Limits(max_connections={size}))
        async def task(index):
            return (await client.get("{url}")).status_code  # FAULT
        """),
}  # fmt: skip
CASES = [(strategy, what, text) for what, strategies, text in CLIENTS.values() for strategy in strategies]


@pytest.mark.parametrize(("strategy", "what", "text"), CASES)
def test_a_pool_of_few_connections(strategy: str, what: str, text: str, url: str, tmp_path: Path) -> None:
    text = text.format(size=POOL, url=url)
    (one,) = [one for one in findings(strategy, tmp_path, text, TASKS) if one.kind == "limit"]
    assert (one.file, one.line, one.what) == ("my_jobs.py", fault(text), f"{what}: {POOL} at a time")


@pytest.mark.parametrize(("strategy", "what", "text"), CASES[::3])
def test_a_pool_that_is_large_enough(strategy: str, what: str, text: str, url: str, tmp_path: Path) -> None:
    assert findings(strategy, tmp_path, text.format(size=TASKS, url=url), TASKS) == []
