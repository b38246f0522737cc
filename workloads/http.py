"""Fetching over HTTP: from a peer that answers as the URL says, or from real pages."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlsplit

from harness.strategies.base import AsyncIo, AsyncStrategy, AsyncStream, Io, Strategy, Stream
from harness.workloads.base import NOT_AN_OPTION, Peer
from harness.workloads.http_clients import Page, Reply, choose, library, page
from harness.workloads.http_server import Requests, reply, request
from harness.workloads.peers.http_body import body
from harness.workloads.serving import Demand, Serving

BATCH = 65536


@dataclass(frozen=True)
class Http(Serving):
    """Each task fetches a page, on a connection of its own, and the status and every byte are verified.

    With side=server the strategy serves the pages instead, each after `latency` seconds.
    url (repeatable) names real pages to fetch in turn instead of the peer's; a redirect is not followed."""

    client: Literal["same", "requests", "urllib3", "native"] = "same"
    latency: float = 0.02
    size: int = 1024
    status: int = 200
    tls: bool = False
    url: tuple[str, ...] = ()
    pages: tuple[Page, ...] = field(default=(), metadata=NOT_AN_OPTION)
    """What tasks fetch, in turn."""
    wanted: Reply | None = field(default=None, metadata=NOT_AN_OPTION)
    """What each reply has to be; None for real pages."""
    fetch: Any = field(default=None, metadata=NOT_AN_OPTION)  # Fetch, or AsyncFetch for async_task

    default_tasks = 10
    sockets_per_task = 1
    peer_module = "harness.workloads.peers.http"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.serves() and (self.url or self.tls or self.client != "same"):
            raise ValueError("url, tls and client are for side=client")
        if not 0 <= self.latency < math.inf:
            raise ValueError("latency must be a finite number of seconds, 0 or more")
        if not 0 <= self.size <= 1 << 30:
            raise ValueError("size must be 0 to 1073741824 bytes")
        if not 200 <= self.status <= 599 or self.status in (204, 304):
            raise ValueError("status must be 200 to 599, and one that may have a body")
        for url in self.url:
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
                raise ValueError(f"url must start with http:// or https:// and name a host, unlike {url!r}")

    def usual_tasks(self) -> int:
        return len(self.url) or self.default_tasks

    def needs_peer(self) -> bool:
        return super().needs_peer() and not self.url

    def bind(self, strategy: Strategy | AsyncStrategy, peer: Peer | None) -> Callable[[int], Any]:
        authority = peer.authority if peer else None
        fetch = choose(self.client, strategy, authority)
        urls, wanted = self.url, None
        if peer:
            host, port = peer.address
            scheme = "https" if self.tls else "http"
            urls = (f"{scheme}://{host}:{port}/{self.status}/{self.size}/{self.latency}",)
            wanted = (self.status, body(self.size))
        pages = tuple(page(url, authority) for url in urls)
        return super(Http, replace(self, pages=pages, wanted=wanted, fetch=fetch)).bind(strategy, peer)

    def refuse(self, reply: Reply) -> None:
        """Raise ValueError with what is wrong with a reply of the peer."""
        status, content = reply
        if status != self.status:
            raise ValueError(f"the peer answered {status}, asked for {self.status}")
        raise ValueError(f"the peer sent {len(content)} bytes that are not the {self.size} asked for")

    def task(self, io: Io, index: int) -> tuple[int, int]:
        reply = self.fetch(io, self.pages[index % len(self.pages)])
        if self.wanted is not None and reply != self.wanted:
            self.refuse(reply)
        return reply[0], len(reply[1])

    async def async_task(self, io: AsyncIo, index: int) -> tuple[int, int]:
        reply = await self.fetch(io, self.pages[index % len(self.pages)])
        if self.wanted is not None and reply != self.wanted:
            self.refuse(reply)
        return reply[0], len(reply[1])

    def check(self, values: Sequence[tuple[int, int]]) -> str | None:
        return None  # each reply was verified when it came

    def floor(self, tasks: int, concurrency: int) -> float | None:
        return None if self.url or self.serves() else self.latency * math.ceil(tasks / concurrency)

    def notes(self, values: Sequence[tuple[int, int]]) -> list[str]:
        return [f"{url}: status {status}, {size} bytes" for url, (status, size) in zip(self.url, values, strict=False)]

    def client_library(self, strategy: Strategy | AsyncStrategy) -> str | None:
        return None if self.serves() else library(self.client, strategy)

    def demand(self) -> Demand:
        return replace(super().demand(), patience=self.latency)

    def exchange(self, index: int) -> tuple[bytes, bytes]:
        return request(self.status, self.size, self.latency), reply(self.status, self.size)

    def handle(self, io: Io, stream: Stream) -> None:
        requests = Requests()
        while data := stream.receive(BATCH):
            for status, size, latency in requests.feed(data):
                if latency:
                    io.sleep(latency)
                stream.send(reply(status, size))

    async def async_handle(self, io: AsyncIo, stream: AsyncStream) -> None:
        requests = Requests()
        while data := await stream.receive(BATCH):
            for status, size, latency in requests.feed(data):
                if latency:
                    await io.sleep(latency)
                await stream.send(reply(status, size))
