"""Fetching over HTTP: from a peer that answers as the URL says, or from real pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from harness.strategies.base import AsyncIo, AsyncStrategy, AsyncStream, Io, Strategy, Stream
from harness.workloads.base import Peer, Work
from harness.workloads.http.clients import Reply
from harness.workloads.http.libraries import choose, library, refuse_proxies
from harness.workloads.http.pages import page, shown, split
from harness.workloads.http.proxies import chosen, parsed, remarks
from harness.workloads.http.replies import counted
from harness.workloads.http.server import Conversation, reply, request
from harness.workloads.peers.http_body import LARGEST, body
from harness.workloads.serving import Demand, Serving

BATCH = 65536


def refuse(reply: Reply, wanted: Reply) -> None:
    """Raise ValueError with what is wrong with a reply of the peer."""
    if reply[0] != wanted[0]:
        raise ValueError(f"the peer answered {reply[0]}, asked for {wanted[0]}")
    raise ValueError(f"the peer sent {len(reply[1])} bytes that are not the {len(wanted[1])} asked for")


@dataclass(frozen=True)
class Http(Serving):
    """Each task fetches a page, on a connection of its own, and the status and every byte are verified.

    With side=server the strategy serves the pages instead, each after `latency` seconds.
    url (repeatable) names real pages to fetch in turn instead of the peer's; a redirect is not followed. proxy is none,
    environment (HTTP_PROXY and the like) or the URL of one, for all rows."""

    client: Literal["same", "requests", "urllib3", "native"] = "same"
    latency: float = 0.02
    size: int = 1024
    status: int = 200
    tls: bool = False
    url: tuple[str, ...] = ()
    proxy: str = "none"

    default_tasks = 10
    sockets_per_task = 1
    peer_module = "harness.workloads.peers.http"
    served_at = "http://{host}:{port}/"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.serves() and (self.url or self.tls or self.client != "same"):
            raise ValueError("url, tls and client are for side=client")
        if not 0 <= self.latency < math.inf:
            raise ValueError("latency must be a finite number of seconds, 0 or more")
        if not 0 <= self.size <= LARGEST:
            raise ValueError(f"size must be 0 to {LARGEST} bytes")
        if not 200 <= self.status <= 599 or self.status in (204, 304):
            raise ValueError("status must be 200 to 599, and one that may have a body")
        if self.proxy != "none" and not self.url:
            raise ValueError("proxy is for url")
        if self.proxy not in ("none", "environment"):
            parsed(self.proxy)
        for url in self.url:
            parts = split(url)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
                raise ValueError(f"url must start with http:// or https:// and name a host, unlike {url!r}")

    def applicable(self) -> set[str]:
        if self.url:
            return {"client", "url", "proxy"}
        pages = {"latency", "size", "status"}
        return pages | (self.of_load() if self.serves() else {"client", "tls"})

    def usual_tasks(self) -> int:
        return len(self.url) or self.default_tasks

    def needs_peer(self) -> bool:
        return super().needs_peer() and not self.url

    def floor(self, tasks: int, concurrency: int) -> float | None:
        return None if self.url or self.serves() else self.latency * math.ceil(tasks / concurrency)

    def client_library(self, strategy: Strategy | AsyncStrategy) -> str | None:
        return None if self.serves() else library(self.client, strategy)

    def demand(self) -> Demand:
        return replace(super().demand(), patience=self.latency)

    def bound(self, strategy: Strategy | AsyncStrategy, peer: Peer | None) -> Work:
        return self if self.serves() else Fetching(self, strategy, peer)

    def exchange(self, index: int) -> tuple[bytes, bytes]:
        return request(self.status, self.size, self.latency), reply(self.status, self.size)

    def handle(self, io: Io, stream: Stream) -> None:
        conversation = Conversation((self.status, self.size, self.latency))
        while not conversation.ended and (data := stream.receive(BATCH)):
            for wait, answer in conversation.feed(data):
                if wait:
                    io.sleep(wait)
                stream.send(answer)

    async def async_handle(self, io: AsyncIo, stream: AsyncStream) -> None:
        conversation = Conversation((self.status, self.size, self.latency))
        while not conversation.ended and (data := await stream.receive(BATCH)):
            for wait, answer in conversation.feed(data):
                if wait:
                    await io.sleep(wait)
                await stream.send(answer)


class Fetching(Work):
    """The client's side: what fetches, which pages, and what each reply has to be."""

    def __init__(self, http: Http, strategy: Strategy | AsyncStrategy, peer: Peer | None) -> None:
        authority = peer.authority if peer else None
        self.urls = [shown(url) for url in http.url]
        self.remarks = remarks(http.proxy, http.url)
        self.fetch: Any = choose(http.client, strategy, authority)  # Fetch, or AsyncFetch for async_task
        self.wanted: Reply | None = None
        """None for real pages."""
        pages = http.url
        if peer:
            host, port = peer.address
            scheme = "https" if http.tls else "http"
            pages = (f"{scheme}://{host}:{port}/{http.status}/{http.size}/{http.latency}",)
            self.wanted = (http.status, body(http.size))
        self.pages = tuple(page(url, authority, chosen(http.proxy, url)) for url in pages)
        """What tasks fetch, in turn."""
        refuse_proxies(http.client, strategy, self.pages)

    def task(self, io: Io, index: int) -> tuple[int, int]:
        reply = self.fetch(io, self.pages[index % len(self.pages)])
        if self.wanted is not None and reply != self.wanted:
            refuse(reply, self.wanted)
        return reply[0], len(reply[1])

    async def async_task(self, io: AsyncIo, index: int) -> tuple[int, int]:
        reply = await self.fetch(io, self.pages[index % len(self.pages)])
        if self.wanted is not None and reply != self.wanted:
            refuse(reply, self.wanted)
        return reply[0], len(reply[1])

    def check(self, values: Sequence[tuple[int, int]]) -> str | None:
        return None  # each reply was verified when it came

    def notes(self, values: Sequence[tuple[int, int]]) -> list[str]:
        return self.remarks

    def replies(self, values: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
        return counted(self.urls, values) if self.urls else []
