"""A URL as every client asks for it: libraries quote, unquote and drop by rules of their own, unless nothing is left
for them to change."""

from __future__ import annotations

import re
import ssl
from functools import cache
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

from harness.strategies.base import Address
from harness.workloads.http.proxies import Proxy, basic

PATH = "/%:@!$&'()*+,;=~-._"
QUERY = PATH + "?"
PORTS = {"http": 80, "https": 443}
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
ASKED = {"User-Agent": "harness", "Accept-Encoding": "identity", "Accept": "*/*", "Connection": "close"}


class Page(NamedTuple):
    """A URL, where it leads, and what asks for it there: the same for every client."""

    url: str
    """Quoted, without user, password and fragment."""
    address: Address
    """Of the server or, with a proxy, of that."""
    tls: ssl.SSLContext | None
    request: bytes
    target: str
    """Its path and query."""
    headers: dict[str, str]
    """But for Host, which follows from the URL."""
    proxy: Proxy | None


def escapes(text: str, safe: str) -> str:
    """A path or a query in one spelling: what needs no escape has none, what needs one has one, in capitals."""

    def one(found: re.Match[str]) -> str:
        if not (digits := found[1]):
            return "%25"
        code = int(digits, 16)
        return chr(code) if code in UNRESERVED else f"%{digits.upper()}"

    return quote(ESCAPE.sub(one, text), safe=safe)


def without_dots(path: str) -> str:
    """A path without its `.` and `..` segments (RFC 3986, 5.2.4), and with one slash at its beginning."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            kept[1:] = kept[1:-1]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept).lstrip("/")


def target_of(parts: SplitResult) -> str:
    """The path and the query that a URL is asked for with."""
    path = without_dots(escapes(parts.path or "/", PATH))
    return path + (f"?{escapes(parts.query, QUERY)}" if parts.query else "")


def split(url: str) -> SplitResult:
    """The parts of a URL. Raises ValueError, which repeats it, where it is none."""
    try:
        parts = urlsplit(url)
        (parts.hostname or "").encode("idna"), parts.port
    except ValueError as error:
        raise ValueError(f"url {shown(url)!r} is none: {error}") from None
    return parts


def page(url: str, authority: str | None, proxy: Proxy | None = None) -> Page:
    """What there is to know of a URL before it is fetched; TLS trusts this certificate, or the system's."""
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode()
    named = f"[{host}]" if ":" in host else host
    port = parts.port or PORTS[parts.scheme]
    where = named if port == PORTS[parts.scheme] else f"{named}:{port}"
    target = target_of(parts)
    clean = f"{parts.scheme}://{where}{target}"
    headers = ASKED | ({"Authorization": said} if (said := basic(parts)) else {})
    own = headers | ({"Proxy-Authorization": proxy.authorization} if proxy and proxy.authorization else {})
    lines = [f"GET {clean if proxy else target} HTTP/1.1", f"Host: {where}", *map(": ".join, own.items()), "\r\n"]
    address = (proxy.host, proxy.port) if proxy else (host, port)
    tls = tls_context(authority) if parts.scheme == "https" else None
    return Page(clean, address, tls, "\r\n".join(lines).encode(), target, headers, proxy)


def shown(url: str) -> str:
    """A URL as it is told to people: without a password."""
    return re.sub("(://[^/?#@:]*):[^/?#]*@", r"\1:***@", url)


@cache
def tls_context(authority: str | None) -> ssl.SSLContext:
    """Trust this certificate, or the system's where there is none."""
    return ssl.create_default_context(cafile=authority)
