"""What fetches a page: one sans-IO client over any strategy's streams, or the libraries that people use.

Each opens a connection for each fetch and follows no redirect, so that clients differ in nothing else."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from functools import cache
from importlib.metadata import version
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import httptools

from harness.strategies.base import Address, AsyncIo, AsyncStrategy, Io, Strategy
from harness.workloads.base import Unsupported

READ = 65536
LENGTHS = {b"content-length", b"transfer-encoding"}
"""Headers of which either says where a reply ends; without them it ends with its connection."""
PLAIN = "/%:@!$&'()*+,;=~-._?"


Reply = tuple[int, bytes]
"""A page: its status and its bytes. (Making a NamedTuple is one more call of Python's for each fetch.)"""


class ReplyParser:
    """The sans-IO side of a client: feed it bytes until it says that the reply is whole.

    Raises ConnectionError when the server hangs up early, httptools.HttpParserError on what is no HTTP."""

    def __init__(self) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._parts: list[bytes] = []
        self.on_header = self._headers.__setitem__  # called without a frame of Python's, once for each header
        self.on_body = self._parts.append
        self._whole = self._headers_whole = False
        self._parser = httptools.HttpResponseParser(self)  # which looks now at what we have

    def on_headers_complete(self) -> None:
        self._headers_whole = self._parser.get_status_code() >= 200  # 1xx announces the real reply

    def on_message_complete(self) -> None:
        self._whole = self._headers_whole

    def feed(self, data: bytes) -> bool:
        """Take what a stream gave, b"" at its end; return whether the reply is whole."""
        if data:
            self._parser.feed_data(data)
        elif self._headers_whole and not LENGTHS & {name.lower() for name in self._headers}:
            self._whole = True
        else:
            raise ConnectionError("the server hung up before its reply was whole")
        return self._whole

    def reply(self) -> Reply:
        """What came. The parser is of no more use: it refers to us, and would be left to the garbage collector."""
        status = self._parser.get_status_code()
        del self._parser
        return status, b"".join(self._parts)


class Page(NamedTuple):
    """A URL, where it leads, and the bytes that ask for it there."""

    url: str
    address: Address
    tls: ssl.SSLContext | None
    request: bytes


def page(url: str, authority: str | None) -> Page:
    """What there is to know of a URL before it is fetched; TLS trusts this certificate, or the system's."""
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    host = (parts.hostname or "").encode("idna").decode()
    named = f"[{host}]" if ":" in host else host
    address = host, parts.port or (443 if tls else 80)
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=PLAIN)
    where = f"{named}:{parts.port}" if parts.port else named
    head = f"GET {path} HTTP/1.1\r\nHost: {where}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    return Page(url, address, tls_context(authority) if tls else None, head.encode())


@cache
def tls_context(authority: str | None) -> ssl.SSLContext:
    """Trust this certificate, or the system's where there is none."""
    return ssl.create_default_context(cafile=authority)


def same(io: Io, page: Page) -> Reply:
    """The client that is the same for all."""
    _, address, tls, request = page
    stream = io.connect(address, tls)
    try:
        stream.send(request)
        parser = ReplyParser()
        while not parser.feed(stream.receive(READ)):
            pass
    finally:
        stream.close()
    return parser.reply()


async def async_same(io: AsyncIo, page: Page) -> Reply:
    """The client that is the same for all."""
    _, address, tls, request = page
    stream = await io.connect(address, tls)
    try:
        await stream.send(request)
        parser = ReplyParser()
        while not parser.feed(await stream.receive(READ)):
            pass
    finally:
        await stream.close()
    return parser.reply()


Fetch = Callable[[Io, Page], Reply]
AsyncFetch = Callable[[AsyncIo, Page], Awaitable[Reply]]


def requests(authority: str | None) -> Fetch:
    import requests

    def fetch(io: Io, page: Page) -> Reply:
        response = requests.get(page.url, verify=authority or True, allow_redirects=False)  # noqa: S113
        return response.status_code, response.content

    return fetch


def urllib3(authority: str | None) -> Fetch:
    import urllib3

    def fetch(io: Io, page: Page) -> Reply:
        with urllib3.PoolManager(1, ca_certs=authority) as pool:
            response = pool.request("GET", page.url, redirect=False, retries=False)
            return response.status, response.data

    return fetch


def geventhttpclient(authority: str | None) -> Fetch:
    from geventhttpclient import HTTPClient
    from geventhttpclient.url import URL

    def fetch(io: Io, page: Page) -> Reply:
        parsed = URL(page.url)
        client = HTTPClient.from_url(parsed, concurrency=1, ssl_options={"ca_certs": authority} if authority else None)
        try:
            response = client.get(parsed.request_uri)
            return response.status_code, bytes(response.read())
        finally:
            client.close()

    return fetch


def aiohttp(authority: str | None) -> AsyncFetch:
    import aiohttp

    context = tls_context(authority)

    async def fetch(io: AsyncIo, page: Page) -> Reply:
        async with aiohttp.request("GET", page.url, ssl=context, allow_redirects=False) as response:
            return response.status, await response.read()

    return fetch


def httpx2(authority: str | None) -> AsyncFetch:
    import httpx2

    context = tls_context(authority)

    async def fetch(io: AsyncIo, page: Page) -> Reply:
        async with httpx2.AsyncClient(verify=context, timeout=None) as client:
            response = await client.get(page.url)
            return response.status_code, response.content

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
