"""The HTTP workload: which options make sense, and which replies pass."""

from __future__ import annotations

import math
from typing import Any

import pytest

from harness.strategies.base import Io
from harness.strategies.sequential import Sequential
from harness.strategies.sockets import BlockingIo
from harness.workloads.base import Peer
from harness.workloads.http import Fetching, Http
from harness.workloads.http.clients import Reply
from harness.workloads.http.pages import Page
from harness.workloads.peers.http_body import LARGEST, body


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"latency": -0.1}, "latency"),
        ({"latency": math.inf}, "latency"),
        ({"latency": math.nan}, "latency"),
        ({"size": -1}, "size"),
        ({"size": LARGEST + 1}, "size"),
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
    Http(size=LARGEST, status=599, url=("http://example.org", "https://example.org:8443/a?b"))


def bound(workload: Http, peer: Peer | None = Peer(("127.0.0.1", 8000))) -> Fetching:  # noqa: B008 - a frozen value
    """The work that tasks do."""
    work = workload.bound(Sequential(), peer)
    assert isinstance(work, Fetching)
    return work


def value(work: Fetching, reply: Reply) -> tuple[int, int]:
    """What a task returns of a reply. Raises as it does."""
    work.fetch = lambda io, page: reply
    return work.task(BlockingIo(), 0)


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

    ready = bound(workload, None)
    ready.fetch = fetch
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


def test_the_replies_of_all_tasks_are_counted_and_not_the_firsts() -> None:
    workload = Http(url=("http://a.b/", "http://c.d/"))
    assert bound(workload, None).replies([(200, 10), (404, 0), (429, 10), (404, 0), (200, 10)]) == [
        {"url": "http://a.b/", "status": 200, "bytes": 10, "most_bytes": 10, "count": 2},
        {"url": "http://a.b/", "status": 429, "bytes": 10, "most_bytes": 10, "count": 1},
        {"url": "http://c.d/", "status": 404, "bytes": 0, "most_bytes": 0, "count": 2},
    ]


def test_our_own_peers_replies_were_verified_and_are_not_counted() -> None:
    assert bound(Http()).replies([(200, 1024)]) == []
