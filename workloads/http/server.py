"""The server's side of HTTP/1.1 without I/O: bytes of requests in, pages that the paths ask for out."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus

import httptools

from harness.workloads.peers.http_body import body, page


@lru_cache(maxsize=8)
def reply(status: int, size: int) -> bytes:
    """A reply, head and body."""
    reason = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
    head = f"HTTP/1.1 {status} {reason}\r\ncontent-type: application/octet-stream\r\ncontent-length: {size}\r\n\r\n"
    return head.encode() + body(size)


def request(status: int, size: int, latency: float) -> bytes:
    """A request for such a page, on a connection that stays open."""
    return f"GET /{status}/{size}/{latency} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()


class Requests:
    """Takes what a client sends; tells which pages it asked for, as (status, size, seconds to wait)."""

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._path = b""
        self._asked: list[tuple[int, int, float]] = []

    def feed(self, data: bytes) -> list[tuple[int, int, float]]:
        """The requests that are complete with this. Raises httptools.HttpParserError where it is no HTTP."""
        self._asked = []
        self._parser.feed_data(data)
        return self._asked

    def on_message_begin(self) -> None:
        self._path = b""

    def on_url(self, url: bytes) -> None:
        self._path += url

    def on_message_complete(self) -> None:
        try:
            self._asked.append(page(self._path.decode()))
        except ValueError:
            self._asked.append((400, 0, 0.0))
