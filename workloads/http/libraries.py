"""The libraries that people fetch with, each asked for the same: they differ in how they wait, and in nothing else.

A connection for each fetch; the same headers; no redirect followed, nothing tried again, nothing unpacked that came
packed unasked; nothing of the environment; no timeout but the run's own (`--timeout`), which ends the round; nothing
above LARGEST bytes, for which each raises ValueError."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Iterable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from harness.strategies.base import AsyncIo, AsyncStrategy, Io, Strategy
from harness.workloads.base import Unsupported
from harness.workloads.http.clients import HEAD, Reply, async_same, same, too_large
from harness.workloads.http.pages import Page, tls_context
from harness.workloads.http.proxies import Proxy
from harness.workloads.peers.http_body import LARGEST

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

Fetch = Callable[[Io, Page], Reply]
AsyncFetch = Callable[[AsyncIo, Page], Awaitable[Reply]]
PART = 1 << 20
"""Bytes that are read at once of a page whose length is not known."""


def whole(response: BaseHTTPResponse) -> bytes:
    """All that a response of urllib3's holds, as it came."""
    if response.length_remaining is not None:
        room = LARGEST - response.length_remaining
        data = response.read(decode_content=False) if room >= 0 else b""
    else:
        parts, room = [], LARGEST
        while room >= 0 and not response.closed:
            parts.append(response.read(PART, decode_content=False))
            room -= len(parts[-1])
        data = b"".join(parts)
    if room < 0:
        response.close()
        raise too_large()
    return data


def requests(authority: str | None) -> Fetch:
    import requests

    paths = ssl.get_default_verify_paths()
    trusted = authority or paths.cafile or paths.capath or True

    def fetch(io: Io, page: Page) -> Reply:
        proxies = dict.fromkeys(("http", "https"), page.proxy.url) if page.proxy else None
        with requests.Session() as session:
            session.trust_env = False  # else it takes proxies, passwords (.netrc) and certificates of the environment
            response = session.get(
                page.url, headers=page.headers, verify=trusted, allow_redirects=False, proxies=proxies, stream=True
            )
            return response.status_code, whole(response.raw)

    return fetch


def urllib3(authority: str | None) -> Fetch:
    import urllib3

    def manager(proxy: Proxy | None) -> urllib3.PoolManager:
        if not proxy:
            return urllib3.PoolManager(1, ca_certs=authority)
        headers = {"Proxy-Authorization": proxy.authorization} if proxy.authorization else None
        return urllib3.ProxyManager(proxy.url, 1, proxy_headers=headers, ca_certs=authority)

    def fetch(io: Io, page: Page) -> Reply:
        with manager(page.proxy) as pool:
            response = pool.request(
                "GET", page.url, headers=page.headers, redirect=False, retries=False, preload_content=False
            )
            return response.status, whole(response)

    return fetch


def geventhttpclient(authority: str | None) -> Fetch:
    from geventhttpclient import HTTPClient, client
    from geventhttpclient.response import HTTPSocketPoolResponse

    class Whole(HTTPSocketPoolResponse):
        def _on_body(self, buf: bytearray) -> None:
            self._body_buffer += buf
            if len(self._body_buffer) > LARGEST:
                raise too_large()

    class Response(Whole):  # until its head is there
        came = 0

        def feed(self, data: str | bytes) -> None:
            super().feed(data)
            self.came += len(data)
            if self.headers_complete and self.get_code() >= 200:
                self.__class__ = Whole  # type: ignore[assignment]  # a call more for each 4 KiB would be seen
            elif self.came > HEAD:
                raise too_large(has_head=False)

    client.HTTPSocketPoolResponse = Response  # type: ignore[attr-defined]  # what it makes of a reply
    usual: dict[str, Any] = {"concurrency": 1, "network_timeout": None, "connection_timeout": None}
    if authority:
        usual["ssl_options"] = {"ca_certs": authority}

    def fetch(io: Io, page: Page) -> Reply:
        http = HTTPClient.from_url(page.url, headers=page.headers, **usual)
        http._connection_pool.size = -1  # it would ask up to twice more where a server hangs up: no other client does
        try:
            response = http.get(page.target)
            return response.status_code, bytes(response.read())
        finally:
            http.close()

    return fetch


def aiohttp(authority: str | None) -> AsyncFetch:
    import asyncio

    import aiohttp
    import yarl

    context, forever = tls_context(authority), aiohttp.ClientTimeout(total=None, sock_connect=None)

    async def fetch(io: AsyncIo, page: Page) -> Reply:
        proxy = page.proxy.url if page.proxy else None
        url = yarl.URL(page.url, encoded=True)
        connector = aiohttp.TCPConnector(force_close=True, ssl=context)
        async with aiohttp.ClientSession(connector=connector, timeout=forever, auto_decompress=False) as session:
            session._retry_connection = False  # it would ask again where a server hangs up: no other client does
            async with session.get(url, headers=page.headers, allow_redirects=False, proxy=proxy) as response:
                try:
                    await response.content.readexactly(LARGEST + 1)
                except asyncio.IncompleteReadError as end:
                    return response.status, end.partial
                raise too_large()

    return fetch


def httpx2(authority: str | None) -> AsyncFetch:
    import httpx2

    context = tls_context(authority)

    async def fetch(io: AsyncIo, page: Page) -> Reply:
        proxy = page.proxy.url if page.proxy else None
        async with (
            httpx2.AsyncClient(verify=context, timeout=None, trust_env=False, proxy=proxy) as client,
            client.stream("GET", page.url, headers=page.headers) as response,
        ):
            parts, room = [], LARGEST
            async for part in response.aiter_raw():
                room -= len(part)
                if room < 0:
                    raise too_large()
                parts.append(part)
            return response.status_code, b"".join(parts)

    return fetch


BLOCKING: dict[str, Callable[[str | None], Fetch]] = {
    "same": lambda authority: same,
    "requests": requests,
    "urllib3": urllib3,
    "geventhttpclient": geventhttpclient,
}
AWAITED: dict[str, Callable[[str | None], AsyncFetch]] = {
    "same": lambda authority: async_same,
    "aiohttp": aiohttp,
    "httpx2": httpx2,
}


def native(strategy: Strategy | AsyncStrategy) -> str:
    """The library that people fetch with under a strategy: the one for its event loop; any, where that is patched."""
    if isinstance(strategy, AsyncStrategy):
        return {None: "requests", "trio": "httpx2"}.get(strategy.loop, "aiohttp")
    return "geventhttpclient" if strategy.loop == "gevent" and not strategy.prelude else "requests"


def library(client: str, strategy: Strategy | AsyncStrategy) -> str:
    """The distribution behind an option's word: httptools for `same`, the strategy's own for `native`."""
    name = native(strategy) if client == "native" else {"same": "httptools"}.get(client, client)
    return f"{name} {version(name)}"


def refuse_proxies(client: str, strategy: Strategy | AsyncStrategy, pages: Iterable[Page]) -> None:
    """Raise Unsupported where a client cannot fetch one of these pages through its proxy."""
    proxied = [page for page in pages if page.proxy]
    if proxied and client == "native" and native(strategy) == "geventhttpclient":
        raise Unsupported("geventhttpclient asks a proxy for another URL than the others do: -P client=requests")
    if client == "same" and any(page.tls for page in proxied):
        raise Unsupported("the client `same` fetches no https:// through a proxy: -P client=requests does")


def choose(client: str, strategy: Strategy | AsyncStrategy, authority: str | None) -> Fetch | AsyncFetch:
    """What fetches under this strategy: a plain function, or for an AsyncStrategy one to await.

    A library that blocks is called all the same under an AsyncStrategy, and blocks it.
    Raises Unsupported for a client that is not known, ImportError for one that is not installed."""
    name = native(strategy) if client == "native" else client
    if not isinstance(strategy, AsyncStrategy):
        if name not in BLOCKING:
            raise Unsupported(f"{name} is awaited, which this strategy's tasks cannot do")
        return BLOCKING[name](authority)
    if name in AWAITED:
        return AWAITED[name](authority)
    blocking = BLOCKING[name](authority)

    async def fetch(io: Any, page: Page) -> Reply:
        return blocking(io, page)

    return fetch
