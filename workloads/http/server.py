"""The server's side of HTTP/1.1 without I/O: what a connection brings in, what to send out. For anybody's client."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus

import httptools

from harness.workloads.peers.http_body import LARGEST, body, page

BODILESS = (204, 304)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
OCTETS, TEXT = "application/octet-stream", "text/plain; charset=utf-8"
PAGES = (
    "a page is / (as the options say) or /STATUS/SIZE/LATENCY, such as /200/1024/0.02: "
    f"200 to 599, bytes (at most {LARGEST}), seconds (at most 3600)\n"
)
NO_REQUEST = "this is no request of HTTP/1.1 or HTTP/1.0\n"
HEAD = 65536
"""Bytes that the head of a request may have."""
TOO_LARGE = f"the head of this request is larger than {HEAD >> 10} KiB\n"
PART = 1 << 20
"""Bytes that are sent at once: a strategy may hold what a client does not read."""
Page = tuple[int, int, float]
"""Status, bytes, and seconds to wait before."""
Answer = tuple[float, bytes]
"""Seconds to wait, and what is sent then."""


@lru_cache(maxsize=64)
def head(status: int, size: int, connection: str = "", kind: str = OCTETS) -> bytes:
    """The head of a reply; `connection` is what becomes of that, where it is not what the client expects."""
    reason = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
    lines = [f"HTTP/1.1 {status} {reason}"]
    if status not in BODILESS:
        lines += [f"content-type: {kind}", f"content-length: {size}"]
    if connection:
        lines.append(f"connection: {connection}")
    return "\r\n".join([*lines, "\r\n"]).encode()


@lru_cache(maxsize=8)
def reply(status: int, size: int) -> bytes:
    """A reply, head and body, on a connection that stays open."""
    return head(status, size) + (b"" if status in BODILESS else body(size))


def parts(size: int) -> list[bytes]:
    """A body of one byte or more as it is sent: all but the last of PART bytes."""
    others = (size - 1) // PART
    return [body(PART)] * others + [body(size - others * PART)]


def request(status: int, size: int, latency: float) -> bytes:
    """A request for such a page, on a connection that stays open."""
    return f"GET /{status}/{size}/{latency} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()


@lru_cache(maxsize=1024)
def asked(url: bytes) -> Page | int | None:
    """The page of a request's URL, None for the one of the options; or the status that says why there is none."""
    text = url.decode("latin-1").partition("#")[0].partition("?")[0]
    if "://" in text:
        text = "/" + text.partition("://")[2].partition("/")[2]
    if text == "/":
        return None
    try:
        return page(text)
    except ValueError:
        return 400 if text.count("/") == 3 else 404


class Conversation:
    """What is said on one connection: feed it what a client sends, and send what it answers.

    `usual` is the page at `/`. Once it has `ended` the connection is to be closed."""

    def __init__(self, usual: Page) -> None:
        self._usual = usual
        self._url = b""
        self._body_awaited = False
        self._head = 0
        """Bytes that came of the head of a request that is not complete, or of its trailers."""
        self._goes_on = False
        """Whether the end of a head, or some of a body, has come with what was fed last."""
        self._skipped = 0
        """Bytes of a body that are still to come, and that no parser is to see."""
        self._answers: list[Answer] = []
        self._headers: dict[bytes, bytes] = {}
        self.on_header = self._headers.__setitem__
        self.ended = False
        self._parser = httptools.HttpRequestParser(self)  # which looks now at what we have

    def feed(self, data: bytes) -> list[Answer]:
        """The answers to the requests that are complete with this."""
        self._answers, rest, self._goes_on = [], data, False
        while rest:
            rest = self._parsed(rest)
        if self._body_awaited and not self.ended:
            self._encourage()
        if self._goes_on:
            self._head = 0
        elif not (self._answers or self.ended):
            self._take_head(len(data))
        return self._answers

    def _parsed(self, data: bytes) -> bytes:
        """Parse it to its end, or to that of a request that asks for another protocol; return the rest."""
        if self._skipped:
            passed = min(self._skipped, len(data))
            data, self._skipped, self._head = data[passed:], self._skipped - passed, self._head - passed
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            return self._not_upgraded(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            if not self.ended:  # nobody answers what follows the last request
                self.ended = True
                self._say(400, NO_REQUEST, "close")
        return b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_headers_complete(self) -> None:
        self._body_awaited = self._goes_on = True

    def on_body(self, _: bytes) -> None:
        self._goes_on = True

    def on_message_complete(self) -> None:
        parser, found = self._parser, asked(self._url)
        self._url, self._body_awaited, self._head = b"", False, 0
        method, connection, headers = parser.get_method(), "", self._headers
        if not parser.should_keep_alive() or method == b"CONNECT":
            self.ended, connection = True, "close"
        elif (len(headers) != 1 or b"host" not in headers) and parser.get_http_version() == "1.0":
            # It has asked for it in a header. (A version is slow to read, and the generator has only that one header.)
            connection = "keep-alive"
        if isinstance(found, int):
            self._say(found, PAGES, connection, method)
        else:
            status, size, latency = found or self._usual
            if not connection and method != b"HEAD" and size <= PART:
                self._answers.append((latency, reply(status, size)))
            else:
                has_body = method != b"HEAD" and status not in BODILESS
                said = head(status, size, connection)
                self._answers.append((latency, said + body(size) if has_body and size <= PART else said))
                if has_body and size > PART:
                    self._answers += [(0.0, part) for part in parts(size)]
        if not parser.should_upgrade():
            headers.clear()

    def _say(self, status: int, text: str, connection: str, method: bytes = b"GET") -> None:
        content = text.encode()
        self._answers.append((0.0, head(status, len(content), connection, TEXT) + content * (method != b"HEAD")))

    def _encourage(self) -> None:
        """Answer whoever sends the head of a request and waits with its body."""
        for name in [one for one in self._headers if one.lower() == b"expect"]:
            if self._headers.pop(name).lower() == b"100-continue":
                self._answers.append((0.0, CONTINUE))

    def _take_head(self, came: int) -> None:
        """Wait for the rest of a head, unless there is no end of it."""
        self._head += came
        if self._head > HEAD:
            self.ended = True
            self._say(431, TOO_LARGE, "close")

    def _not_upgraded(self, rest: bytes) -> bytes:
        """Go on in HTTP/1.1, as if nobody had asked for another protocol (the request has been answered)."""
        headers = {name.lower(): value for name, value in self._headers.items()}
        self._headers.clear()
        self._parser = httptools.HttpRequestParser(self)
        if b"transfer-encoding" in headers:  # where its body ends is not known any more
            self.ended = True
        if self.ended:
            return b""
        self._skipped = int(headers.get(b"content-length", b"0"))
        return rest
