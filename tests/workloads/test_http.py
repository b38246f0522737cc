"""The HTTP workload and the sans-IO client under it."""

from __future__ import annotations

import inspect
import math
from dataclasses import replace
from typing import Any

import httptools
import pytest

from harness.strategies.base import Io
from harness.strategies.sequential import Sequential
from harness.strategies.sockets import BlockingIo
from harness.workloads.base import Peer
from harness.workloads.http import Http
from harness.workloads.http_clients import Page, Reply, ReplyParser, page
from harness.workloads.peers.http_body import body

LENGTH = b"HTTP/1.1 404 Not Found\r\nContent-Length: 11\r\n\r\nhello world"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
UNTIL_THE_END = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello world"
EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
NO_BODY = b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"latency": -0.1}, "latency"),
        ({"latency": math.inf}, "latency"),
        ({"latency": math.nan}, "latency"),
        ({"size": -1}, "size"),
        ({"size": (1 << 30) + 1}, "size"),
        ({"status": 199}, "status"),
        ({"status": 600}, "status"),
        ({"status": 204}, "status"),
        ({"status": 304}, "status"),
        ({"url": ("example.org",)}, "url"),
        ({"url": ("ftp://example.org/",)}, "url"),
        ({"url": ("http:///path",)}, "url"),
        ({"url": ("http://fine.example/", "https://")}, "url"),
    ],
)
def test_options_that_make_no_sense_are_value_errors(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=f"^{complaint} must"):
        Http(**options)


@pytest.mark.parametrize("url", ["http://example.org:99999/", "http://example.org:port/"])
def test_a_url_with_a_port_that_is_none_is_a_value_error(url: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)port|url"):
        Http(url=(url,))


def test_the_limits_themselves_are_fine() -> None:
    Http(latency=0, size=0, status=200)
    Http(size=1 << 30, status=599, url=("http://example.org", "https://example.org:8443/a?b"))


@pytest.mark.parametrize(
    ("url", "address", "tls", "first", "host"),
    [
        ("http://example.org", ("example.org", 80), False, b"GET / HTTP/1.1", b"example.org"),
        ("https://example.org/", ("example.org", 443), True, b"GET / HTTP/1.1", b"example.org"),
        ("http://a.b:81/c/d?e=f&g", ("a.b", 81), False, b"GET /c/d?e=f&g HTTP/1.1", b"a.b:81"),
        ("http://a.b?q", ("a.b", 80), False, b"GET /?q HTTP/1.1", b"a.b"),
        ("http://a.b/c#fragment", ("a.b", 80), False, b"GET /c HTTP/1.1", b"a.b"),
        ("http://user:secret@a.b/", ("a.b", 80), False, b"GET / HTTP/1.1", b"a.b"),
        ("https://[::1]:8443/x", ("::1", 8443), True, b"GET /x HTTP/1.1", b"[::1]:8443"),
    ],
)
def test_a_request_goes_where_the_url_says(
    url: str, address: tuple[str, int], tls: bool, first: bytes, host: bytes
) -> None:
    found = page(url, None)
    head = found.request
    assert (found.url, found.address, found.tls is not None) == (url, address, tls)
    lines = head.split(b"\r\n")
    assert lines[0] == first
    assert b"Host: " + host in lines
    assert b"Connection: close" in lines
    assert head.endswith(b"\r\n\r\n")
    assert b"secret" not in head


def test_the_first_line_of_a_request_has_three_words() -> None:
    assert len(page("http://a.b/c d", None).request.split(b"\r\n")[0].split(b" ")) == 3


def test_letters_beyond_ascii_are_percent_encoded() -> None:
    assert page("http://a.b/é", None).request.startswith(b"GET /%C3%A9 HTTP/1.1\r\n")


@pytest.mark.parametrize("piece", [1, 2, 7, 1000])
@pytest.mark.parametrize(
    ("raw", "status", "page"),
    [
        (LENGTH, 404, b"hello world"),
        (CHUNKED, 200, b"hello world"),
        (EMPTY, 200, b""),
        (NO_BODY, 204, b""),
    ],
    ids=["content-length", "chunked", "empty", "no body"],
)
def test_a_reply_is_whole_at_its_last_byte_and_not_before(raw: bytes, status: int, page: bytes, piece: int) -> None:
    parser = ReplyParser()
    pieces = [raw[start : start + piece] for start in range(0, len(raw), piece)]
    assert [parser.feed(data) for data in pieces] == [False] * (len(pieces) - 1) + [True]
    assert parser.reply() == (status, page)


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_a_reply_without_a_length_ends_with_the_connection(piece: int) -> None:
    parser = ReplyParser()
    for start in range(0, len(UNTIL_THE_END), piece):
        assert not parser.feed(UNTIL_THE_END[start : start + piece])
    assert parser.feed(b"")
    assert parser.reply() == (200, b"hello world")


@pytest.mark.parametrize(
    "raw",
    [b"", b"HTTP/1.1 200 OK\r\n", UNTIL_THE_END[:30], LENGTH[:-1], CHUNKED[:-1], CHUNKED[:-2], CHUNKED[:55]],
)
def test_a_server_that_hangs_up_early_is_a_connection_error(raw: bytes) -> None:
    parser = ReplyParser()
    if raw:
        assert not parser.feed(raw)
    with pytest.raises(ConnectionError, match="hung up before its reply was whole"):
        parser.feed(b"")


@pytest.mark.parametrize("raw", [b"220 smtp.example.org ESMTP\r\n", b"\x16\x03\x01\x02\x00", b"HTTP/9.9 ok\r\n"])
def test_what_is_no_http_is_a_parser_error(raw: bytes) -> None:
    with pytest.raises(httptools.HttpParserError):
        ReplyParser().feed(raw)


@pytest.mark.parametrize("interim", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"])
def test_an_interim_reply_is_not_the_reply(interim: bytes) -> None:
    parser = ReplyParser()
    assert not parser.feed(interim)
    assert parser.feed(LENGTH)
    assert parser.reply() == (404, b"hello world")


def bound(workload: Http, peer: Peer | None = Peer(("127.0.0.1", 8000))) -> Http:  # noqa: B008 - a frozen value
    """The workload as its tasks see it."""
    task: Any = workload.bind(Sequential(), peer)
    found: Http = inspect.getclosurevars(task).nonlocals["task"].__self__
    return found


def value(workload: Http, reply: Reply) -> tuple[int, int]:
    """What a task returns of a reply. Raises as it does."""
    return replace(workload, fetch=lambda io, page: reply).task(BlockingIo(), 0)


def test_the_peers_page_passes() -> None:
    assert value(bound(Http(size=1000, status=418)), (418, body(1000))) == (418, 1000)


def test_another_status_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="answered 500, asked for 200"):
        value(bound(Http(size=3)), (500, body(3)))


@pytest.mark.parametrize("content", [b"", body(999), body(1001), body(1001)[1:], bytes(1000)])
def test_any_other_bytes_are_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=f"sent {len(content)} bytes that are not the 1000 asked for"):
        value(bound(Http(size=1000)), (200, content))


def test_a_real_page_may_be_anything() -> None:
    assert value(bound(Http(url=("http://example.org/",)), None), (503, b"oops")) == (503, 4)


def test_tasks_take_the_urls_in_turn() -> None:
    workload = Http(url=("http://a.b/", "http://c.d/"))
    fetched: list[str] = []

    def fetch(io: Io, page: Page) -> Reply:
        fetched.append(page.url)
        return (200, b"")

    ready = replace(bound(workload, None), fetch=fetch)
    for index in range(3):
        ready.task(BlockingIo(), index)
    assert fetched == ["http://a.b/", "http://c.d/", "http://a.b/"]
    assert not workload.needs_peer()


@pytest.mark.parametrize(("tls", "scheme"), [(False, "http"), (True, "https")])
def test_the_peers_url_says_what_to_answer(tls: bool, scheme: str) -> None:
    workload = Http(tls=tls, status=404, size=5, latency=0.5)
    assert [page.url for page in bound(workload).pages] == [f"{scheme}://127.0.0.1:8000/404/5/0.5"]
    assert workload.needs_peer()


@pytest.mark.parametrize(("tasks", "concurrency", "floor"), [(10, 10, 0.5), (10, 3, 2.0), (1, 10, 0.5), (10, 1, 5.0)])
def test_the_floor_is_a_latency_for_each_wave(tasks: int, concurrency: int, floor: float) -> None:
    assert Http(latency=0.5).floor(tasks, concurrency) == floor
    assert Http(latency=0.5, url=("http://a.b/",)).floor(tasks, concurrency) is None


def test_each_real_page_is_noted_once() -> None:
    workload = Http(url=("http://a.b/", "http://c.d/"))
    assert workload.notes([(200, 10), (404, 0), (200, 10)]) == [
        "http://a.b/: status 200, 10 bytes",
        "http://c.d/: status 404, 0 bytes",
    ]
