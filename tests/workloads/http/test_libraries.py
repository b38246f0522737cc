"""The clients side by side: what each of them sends, to a server that records it, byte for byte."""

from __future__ import annotations

import gzip
import importlib.util
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from harness.strategies import BUILT_IN
from harness.strategies.asyncio import Asyncio
from harness.strategies.base import AsyncStrategy, Strategy
from harness.strategies.generator import Generator
from harness.strategies.sequential import Sequential
from harness.worker.targets import load
from harness.workloads.base import Unsupported
from harness.workloads.http import Http, clients, libraries
from harness.workloads.http.libraries import native
from tests.builders import LIBRARY
from tests.workloads.http.sites import OK, endless, recorder

WAYS = [
    ("sequential", "same"),
    ("sequential", "requests"),
    ("sequential", "urllib3"),
    ("gevent", "native"),
    ("asyncio", "same"),
    ("asyncio", "native"),
    ("trio", "native"),
]
"""A strategy and a client: every library, and both forms of our own."""
ODD = [
    "/",
    "",
    "?q",
    "/ä?q=ü x#frag",
    "/a b/%7Euser/%e4/100%/x%2fy",
    "/a/../b/./c/..",
    "//double//slash",
    "/[x]{y}|z^`\"<>\\'()*!$&,;=:@+~?[x]{y}|z^`\"<>\\'()*!$&,;=:@+~/?",
    "/;p=1;q?a=b&c=%20+%2B",
    "/?#",
    "/日本?日=本",
]


def fetched(name: str, http: Http) -> list[Any]:
    """The values of one round of one task under a strategy."""
    library = LIBRARY.get(name)
    if library and importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    strategy: Any = load(BUILT_IN[name])()
    task = http.bound(strategy, None).bind(strategy)
    if isinstance(strategy, AsyncStrategy):
        found: list[Any] = strategy.enter(lambda: strategy.run(task, len(http.url), 1))
        return found
    done: list[Any] = strategy.run(task, len(http.url), 1)
    return done


def normal(request: bytes) -> tuple[bytes, list[tuple[bytes, bytes]], bytes]:
    """A request but for what means nothing: the order of its headers, and capitals in their names."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *headers = head.split(b"\r\n")
    pairs = [(name.lower(), value.lstrip(b" ")) for name, _, value in (header.partition(b":") for header in headers)]
    return first, sorted(pairs), body


@pytest.mark.parametrize(("strategy", "client"), WAYS[1:], ids=str)
@pytest.mark.parametrize("user", ["", "user:secret@", "a%40b:%C3%BC%3A@", "user@"])
def test_every_client_sends_the_same_request(strategy: str, client: Any, user: str) -> None:
    with recorder() as (port, got):
        urls = tuple(f"http://{user}127.0.0.1:{port}{path}" for path in ODD)
        assert fetched("sequential", Http(url=urls)) == [(200, 2)] * len(ODD)
        assert fetched(strategy, Http(url=urls, client=client)) == [(200, 2)] * len(ODD)
    ours, theirs = got[: len(ODD)], got[len(ODD) :]
    assert sorted(map(normal, theirs)) == sorted(map(normal, ours))  # trio begins with any task
    assert all((b"authorization" in dict(normal(request)[1])) == bool(user) for request in ours)


@pytest.mark.parametrize(("strategy", "client"), WAYS, ids=str)
def test_every_client_names_a_host_of_ipv6_in_brackets(strategy: str, client: Any) -> None:
    try:
        with recorder(host="::1", family=socket.AF_INET6) as (port, got):
            assert fetched(strategy, Http(url=(f"http://[::1]:{port}/",), client=client)) == [(200, 2)]
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    assert (b"host", f"[::1]:{port}".encode()) in normal(got[0])[1]


@pytest.mark.parametrize(("strategy", "client"), WAYS, ids=str)
def test_a_page_that_comes_packed_unasked_has_the_bytes_that_came(strategy: str, client: Any) -> None:
    packed = gzip.compress(b"x" * 5000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\nConnection: close\r\n\r\n"
    with recorder(lambda number: head.encode() + packed) as (port, _):
        assert fetched(strategy, Http(url=(f"http://127.0.0.1:{port}/",), client=client)) == [(200, len(packed))]


ENDLESS = {
    "until the end": (b"\r\n", b"x" * 65536),
    "chunked": (b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"),
    "a chunk": (b"Transfer-Encoding: chunked\r\n\r\nfffffffffff\r\n", b"x" * 65536),
    "a length": (b"Content-Length: 99999999999999\r\n\r\n", b"x" * 65536),
    "a header": (b"X: ", b"x" * 65536),
    "headers": (b"", b"".join(b"X-%d: x\r\n" % number for number in range(8192))),
}
"""What there is no end of: how it begins after the status, and goes on."""


@pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")  # httpx2 leaves its own to trio
@pytest.mark.parametrize("kind", ENDLESS)
@pytest.mark.parametrize(("strategy", "client"), WAYS, ids=str)
def test_a_page_without_end_is_left(strategy: str, client: Any, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (clients, libraries):
        monkeypatch.setattr(module, "LARGEST", 1 << 20)
    said = "the page is larger than 1 MiB" if "header" not in kind else "(?i)larger|line|headers|buffer|400"
    with endless(*ENDLESS[kind]) as (port, sent), pytest.raises(Exception, match=said):
        fetched(strategy, Http(url=(f"http://127.0.0.1:{port}/",), client=client))
    assert len(sent) == 1
    assert sent[0] < 64 << 20  # what was under way is in the kernel's buffers


@pytest.mark.parametrize("head", ["Content-Length: {size}", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize(("strategy", "client"), WAYS, ids=str)
def test_the_largest_page_is_fetched(strategy: str, client: Any, head: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (clients, libraries):
        monkeypatch.setattr(module, "LARGEST", size := 3 << 20)
    page = f"HTTP/1.1 200 OK\r\n{head.format(size=size)}\r\n\r\n".encode() + (
        b"%x\r\n" % size + b"x" * size + b"\r\n0\r\n\r\n" if "chunked" in head else b"x" * size
    )
    with recorder(lambda number: page) as (port, _):
        assert fetched(strategy, Http(url=(f"http://127.0.0.1:{port}/",), client=client)) == [(200, size)]


@pytest.mark.parametrize("head", ["Content-Length: 5000", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize(("strategy", "client"), WAYS, ids=str)
def test_a_page_that_is_cut_off_is_no_page(strategy: str, client: Any, head: str) -> None:
    with recorder(lambda number: f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n3\r\nabc\r\n".encode()) as (port, got):
        with pytest.raises(Exception, match=re.compile("clos|hung up|incomplete|payload|abort", re.IGNORECASE)):
            fetched(strategy, Http(url=(f"http://127.0.0.1:{port}/",), client=client))
        assert len(got) == 1


def test_the_request_is_what_the_url_says() -> None:
    with recorder() as (port, got):
        fetched("sequential", Http(url=(f"http://user:secret@127.0.0.1:{port}/ä?q=ü x#frag",)))
    assert normal(got[0]) == (
        b"GET /%C3%A4?q=%C3%BC%20x HTTP/1.1",
        [
            (b"accept", b"*/*"),
            (b"accept-encoding", b"identity"),
            (b"authorization", b"Basic dXNlcjpzZWNyZXQ="),
            (b"connection", b"close"),
            (b"host", f"127.0.0.1:{port}".encode()),
            (b"user-agent", b"harness"),
        ],
        b"",
    )


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[tuple[int, list[bytes]]]:
    """A proxy that the environment names, and a .netrc that knows everybody."""
    (tmp_path / ".netrc").write_text("default login mallory password guess\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    with recorder(lambda number: OK.replace(b"200 OK", b"203 Proxied")) as (port, got):
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield port, got


@pytest.mark.parametrize(("strategy", "client"), WAYS, ids=str)
def test_no_client_obeys_the_environment_unasked(
    strategy: str, client: Any, elsewhere: tuple[int, list[bytes]]
) -> None:
    with recorder() as (port, got):
        http = Http(url=(f"http://127.0.0.1:{port}/",), client=client)
        assert fetched(strategy, http) == [(200, 2)]
    assert b"authorization" not in got[0].lower()
    assert not elsewhere[1]
    (note,) = http.bound(load(BUILT_IN["sequential"])(), None).notes([(200, 2)])
    assert "the environment's proxy was not used" in note


@pytest.mark.parametrize("option", ["environment", "http://u:p%40@127.0.0.1:PORT"])
@pytest.mark.parametrize(("strategy", "client"), [way for way in WAYS if way != ("gevent", "native")], ids=str)
def test_every_client_obeys_a_proxy_that_was_asked_for(
    strategy: str, client: Any, option: str, elsewhere: tuple[int, list[bytes]]
) -> None:
    port, got = elsewhere
    http = Http(url=("http://x:y@site.invalid/a?b",), client=client, proxy=option.replace("PORT", str(port)))
    ours = Http(url=http.url, proxy=http.proxy)
    assert fetched("sequential", ours) == fetched(strategy, http) == [(203, 2)]
    assert normal(got[1]) == normal(got[0])
    assert got[0].startswith(b"GET http://site.invalid/a?b HTTP/1.1\r\n")
    assert (b"proxy-authorization" in dict(normal(got[0])[1])) == ("@" in option)
    assert http.bound(load(BUILT_IN["sequential"])(), None).notes([]) == [
        f"fetched through the proxy http://127.0.0.1:{port}"
    ]


def test_a_host_that_the_environment_excepts_is_fetched_itself(
    monkeypatch: pytest.MonkeyPatch, elsewhere: tuple[int, list[bytes]]
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with recorder() as (port, _):
        assert fetched("sequential", Http(url=(f"http://127.0.0.1:{port}/",), proxy="environment")) == [(200, 2)]
    assert not elsewhere[1]


def test_a_proxy_that_no_client_speaks_to_is_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1")
    with pytest.raises(Unsupported, match="speaks socks5"):
        fetched("sequential", Http(url=("http://site.invalid/",), proxy="environment"))


def test_geventhttpclient_is_unsupported_through_a_proxy() -> None:
    with pytest.raises(Unsupported, match="geventhttpclient asks a proxy for another URL"):
        fetched("gevent", Http(url=("http://site.invalid/",), proxy="http://127.0.0.1:1", client="native"))


def test_same_says_that_it_fetches_no_https_through_a_proxy() -> None:
    with pytest.raises(Unsupported, match="no https:// through a proxy"):
        fetched("sequential", Http(url=("https://site.invalid/",), proxy="http://127.0.0.1:1"))


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "https://a.b/", "http://", "http://a.b:99999"])
def test_a_proxy_that_is_none_is_refused(proxy: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)proxy|port"):
        Http(url=("http://a.b/",), proxy=proxy)


def test_a_proxy_is_for_real_pages() -> None:
    with pytest.raises(ValueError, match="proxy is for url"):
        Http(proxy="environment")


@pytest.mark.parametrize(("strategy", "client"), WAYS, ids=str)
def test_no_client_asks_again_where_a_server_hangs_up(strategy: str, client: Any) -> None:
    with recorder(lambda number: b"" if number == 1 else OK) as (port, got):
        with pytest.raises(Exception, match=re.compile("clos|hung up|disconnect|abort", re.IGNORECASE)):
            fetched(strategy, Http(url=(f"http://127.0.0.1:{port}/",), client=client))
        assert len(got) == 1


def like(strategy: Strategy | AsyncStrategy, loop: str | None, prelude: str | None = None) -> Strategy | AsyncStrategy:
    """A third party's: as this one, with another loop and prelude."""
    found: Strategy | AsyncStrategy = type("Mine", (type(strategy),), {"loop": loop, "prelude": prelude})()
    return found


@pytest.mark.parametrize(
    ("strategy", "library"),
    [
        (Sequential(), "requests"),
        (like(Sequential(), "gevent"), "geventhttpclient"),
        (like(Sequential(), "gevent", "gevent.monkey:patch_all"), "requests"),
        (Generator(), "requests"),
        (Asyncio(), "aiohttp"),
        (like(Asyncio(), "uvloop"), "aiohttp"),
        (like(Asyncio(), "anotherloop"), "aiohttp"),
        (like(Asyncio(), "trio"), "httpx2"),
    ],
)
def test_what_people_fetch_with_follows_from_the_loop_and_the_prelude(
    strategy: Strategy | AsyncStrategy, library: str
) -> None:
    assert native(strategy) == library
