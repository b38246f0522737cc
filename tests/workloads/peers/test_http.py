"""The HTTP peer: a real process, real bytes."""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPSConnection

import pytest

from harness.workloads.base import Peer
from harness.workloads.checks.peers import serving
from harness.workloads.peers.http_body import body

PATIENCE = 20.0


@pytest.fixture(scope="module", params=[False, True], ids=["http", "https"])
def http(request: pytest.FixtureRequest) -> Iterator[Peer]:
    with serving("harness.workloads.peers.http", {"tls": request.param}) as peer:
        assert (peer.authority is not None) == request.param
        yield peer


def get(http: Peer, path: str) -> tuple[int, bytes]:
    host, port = http.address
    if http.authority:
        trusting = ssl.create_default_context(cafile=http.authority)
        connection: HTTPConnection = HTTPSConnection(host, port, timeout=PATIENCE, context=trusting)
    else:
        connection = HTTPConnection(host, port, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        return response.status, response.read()


@pytest.mark.parametrize("status", [200, 301, 404, 418, 500, 599])
def test_http_answers_the_status_of_the_url(http: Peer, status: int) -> None:
    assert get(http, f"/{status}/10/0") == (status, body(10))


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 1024, 3_000_000])
def test_http_answers_the_size_of_the_url(http: Peer, size: int) -> None:
    status, page = get(http, f"/200/{size}/0")
    assert (status, len(page)) == (200, size)
    assert page == body(size)


def test_http_waits_for_the_latency_of_the_url(http: Peer) -> None:
    begun = time.monotonic()
    assert get(http, "/200/1/0.2") == (200, body(1))
    assert time.monotonic() - begun >= 0.19


@pytest.mark.parametrize(
    "path", ["/", "/200", "/200/10", "/200/10/0/0", "/a/10/0", "/200/b/0", "/200/10/c", "/200//0", "/200/1.5/0"]
)
def test_http_answers_400_to_nonsense(http: Peer, path: str) -> None:
    status, page = get(http, path)
    assert status == 400
    assert b"/STATUS/SIZE/LATENCY" in page


@pytest.mark.parametrize("path", ["/99999/1/0", "/-1/1/0", "/200/-5/0", "/200/1/-1", "/200/1/nan"])
def test_http_answers_400_to_numbers_out_of_range(http: Peer, path: str) -> None:
    assert get(http, path)[0] == 400


@pytest.mark.parametrize("status", [99, 1000])
def test_http_outlives_a_status_that_is_none(status: int) -> None:
    with serving("harness.workloads.peers.http", {"tls": False}) as peer:
        with contextlib.suppress(OSError):
            get(peer, f"/{status}/1/0")
        assert get(peer, "/200/3/0") == (200, body(3))
