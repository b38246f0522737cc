"""The client that is the same for all: sans-IO, over any strategy's streams."""

from __future__ import annotations

import httptools

from harness.strategies.base import AsyncIo, Io
from harness.workloads.http.pages import Page
from harness.workloads.peers.http_body import LARGEST

READ = 65536
HEAD = 65536
"""Bytes that a reply may have before its page."""
LENGTHS = {b"content-length", b"transfer-encoding"}
"""Headers of which either says where a reply ends; without them it ends with its connection."""


Reply = tuple[int, bytes]
"""A page: its status and its bytes. (Making a NamedTuple is one more call of Python's for each fetch.)"""


def too_large(has_head: bool = True) -> ValueError:
    """What to raise of a reply of which more came than is taken: of its page or, without it, of its head."""
    if not has_head:
        return ValueError(f"the head of the reply is larger than {HEAD >> 10} KiB")
    return ValueError(f"the page is larger than {LARGEST >> 20} MiB, the most that is fetched")


class ReplyParser:
    """The sans-IO side of a client: feed it bytes until it says that the reply is whole.

    Raises ConnectionError when the server hangs up early, httptools.HttpParserError on what is no HTTP, ValueError
    on what is too large."""

    def __init__(self) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._parts: list[bytes] = []
        self._room = HEAD
        self.on_header = self._headers.__setitem__  # called without a frame of Python's, once for each header
        self.on_body = self._parts.append
        self._whole = self._headers_whole = False
        self._parser = httptools.HttpResponseParser(self)  # which looks now at what we have

    def on_headers_complete(self) -> None:
        if self._parser.get_status_code() >= 200:  # 1xx announces the real reply
            self._headers_whole = True
            self._room += LARGEST

    def on_message_complete(self) -> None:
        self._whole = self._headers_whole

    def feed(self, data: bytes) -> bool:
        """Take what a stream gave, b"" at its end; return whether the reply is whole."""
        if data:
            self._parser.feed_data(data)
            self._room -= len(data)
            if self._room < 0:
                raise too_large(self._headers_whole)
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


def same(io: Io, page: Page) -> Reply:
    """The client that is the same for all."""
    _, address, tls, request, *_ = page
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
    _, address, tls, request, *_ = page
    stream = await io.connect(address, tls)
    try:
        await stream.send(request)
        parser = ReplyParser()
        while not parser.feed(await stream.receive(READ)):
            pass
    finally:
        await stream.close()
    return parser.reply()
