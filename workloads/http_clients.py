"""What fetches a page: one sans-IO client over any strategy's streams, or the libraries that people use.

Each opens a connection for each fetch and follows no redirect, so that clients differ in nothing else."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import httptools

from strategies.base import Address, AsyncIo, AsyncStrategy, Io, Strategy
from workloads.base import Unsupported

READ = 65536
PLAIN = "/%:@!$&'()*+,;=~-._?"


class Reply(NamedTuple):
    """A page."""

    status: int
    body: bytes


Fetch = Callable[[Io, str], Reply]
AsyncFetch = Callable[[AsyncIo, str], Awaitable[Reply]]


class ReplyParser:
    """The sans-IO side of a client: feed it bytes until it says that the reply is whole.

    Raises ConnectionError when the server hangs up early, httptools.HttpParserError on what is no HTTP."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._parts: list[bytes] = []
        self._whole = False
        self._ends_with_connection = True
        self._headers_whole = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() in (b"content-length", b"transfer-encoding"):
            self._ends_with_connection = False

    def on_headers_complete(self) -> None:
        self._headers_whole = self._parser.get_status_code() >= 200  # 1xx announces the real reply

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)

    def on_message_complete(self) -> None:
        self._whole = self._headers_whole

    def feed(self, data: bytes) -> bool:
        """Take what a stream gave, b"" at its end; return whether the reply is whole."""
        if data:
            self._parser.feed_data(data)
        elif self._headers_whole and self._ends_with_connection:
            self._whole = True
        else:
            raise ConnectionError("the server hung up before its reply was whole")
        return self._whole

    def reply(self) -> Reply:
        """What came. The parser is of no more use: it refers to us, and would be left to the garbage collector."""
        status = self._parser.get_status_code()
        del self._parser
        return Reply(status, b"".join(self._parts))


@lru_cache(maxsize=1024)
def request(url: str) -> tuple[Address, bool, bytes]:
    """Where a URL leads: the address, whether to use TLS, and the bytes of the request."""
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    host = (parts.hostname or "").encode("idna").decode()
    named = f"[{host}]" if ":" in host else host
    address = host, parts.port or (443 if tls else 80)
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=PLAIN)
    authority = f"{named}:{parts.port}" if parts.port else named
    head = f"GET {path} HTTP/1.1\r\nHost: {authority}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    return address, tls, head.encode()


@cache
def tls_context(authority: str | None) -> ssl.SSLContext:
    """Trust this certificate, or the system's where there is none."""
    return ssl.create_default_context(cafile=authority)


def same(authority: str | None) -> Fetch:
    def fetch(io: Io, url: str) -> Reply:
        address, tls, head = request(url)
        stream = io.connect(address, tls_context(authority) if tls else None)
        try:
            stream.send(head)
            parser = ReplyParser()
            while not parser.feed(stream.receive(READ)):
                pass
        finally:
            stream.close()
        return parser.reply()

    return fetch


def async_same(authority: str | None) -> AsyncFetch:
    async def fetch(io: AsyncIo, url: str) -> Reply:
        address, tls, head = request(url)
        stream = await io.connect(address, tls_context(authority) if tls else None)
        try:
            await stream.send(head)
            parser = ReplyParser()
            while not parser.feed(await stream.receive(READ)):
                pass
        finally:
            await stream.close()
        return parser.reply()

    return fetch


def requests(authority: str | None) -> Fetch:
    import requests

    def fetch(io: Io, url: str) -> Reply:
        response = requests.get(url, verify=authority or True, allow_redirects=False)  # noqa: S113
        return Reply(response.status_code, response.content)

    return fetch


def urllib3(authority: str | None) -> Fetch:
    import urllib3

    def fetch(io: Io, url: str) -> Reply:
        with urllib3.PoolManager(1, ca_certs=authority) as pool:
            response = pool.request("GET", url, redirect=False, retries=False)
            return Reply(response.status, response.data)

    return fetch


def geventhttpclient(authority: str | None) -> Fetch:
    from geventhttpclient import HTTPClient
    from geventhttpclient.url import URL

    def fetch(io: Io, url: str) -> Reply:
        parsed = URL(url)
        client = HTTPClient.from_url(parsed, concurrency=1, ssl_options={"ca_certs": authority} if authority else None)
        try:
            response = client.get(parsed.request_uri)
            return Reply(response.status_code, bytes(response.read()))
        finally:
            client.close()

    return fetch


def aiohttp(authority: str | None) -> AsyncFetch:
    import aiohttp

    context = tls_context(authority)

    async def fetch(io: AsyncIo, url: str) -> Reply:
        async with aiohttp.request("GET", url, ssl=context, allow_redirects=False) as response:
            return Reply(response.status, await response.read())

    return fetch


def httpx2(authority: str | None) -> AsyncFetch:
    import httpx2

    context = tls_context(authority)

    async def fetch(io: AsyncIo, url: str) -> Reply:
        async with httpx2.AsyncClient(verify=context, timeout=None) as client:
            response = await client.get(url)
            return Reply(response.status_code, response.content)

    return fetch


BLOCKING: dict[str, Callable[[str | None], Fetch]] = {
    "same": same,
    "requests": requests,
    "urllib3": urllib3,
    "geventhttpclient": geventhttpclient,
}
AWAITED: dict[str, Callable[[str | None], AsyncFetch]] = {
    "same": async_same,
    "aiohttp": aiohttp,
    "httpx2": httpx2,
}


def library(client: str, strategy: Strategy | AsyncStrategy) -> str:
    """The distribution behind an option's word: httptools for `same`, the strategy's own for `native`."""
    name = {"same": "httptools", "native": strategy.http_client}.get(client, client)
    return f"{name} {version(name)}"


def choose(client: str, strategy: Strategy | AsyncStrategy, authority: str | None) -> Fetch | AsyncFetch:
    """What fetches under this strategy: a plain function, or for an AsyncStrategy one to await.

    A library that blocks is called all the same under an AsyncStrategy, and blocks it.
    Raises Unsupported for a client that is not known, ImportError for one that is not installed."""
    name = strategy.http_client if client == "native" else client
    if not isinstance(strategy, AsyncStrategy):
        if name not in BLOCKING:
            raise Unsupported(f"{name} is awaited, which this strategy's tasks cannot do")
        return BLOCKING[name](authority)
    if name in AWAITED:
        return AWAITED[name](authority)
    blocking = BLOCKING[name](authority)

    async def fetch(io: Any, url: str) -> Reply:
        return blocking(io, url)

    return fetch
