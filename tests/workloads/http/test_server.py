"""The server's side of HTTP without I/O."""

from __future__ import annotations

import httptools
import pytest

from harness.workloads.http.server import Requests, reply, request


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_requests_are_complete_at_their_last_byte(piece: int) -> None:
    sent = request(404, 10, 0.5) + request(200, 0, 0.0)
    requests = Requests()
    found = [page for start in range(0, len(sent), piece) for page in requests.feed(sent[start : start + piece])]
    assert found == [(404, 10, 0.5), (200, 0, 0.0)]


def test_a_path_that_is_no_page_is_answered_400() -> None:
    assert Requests().feed(b"GET /favicon.ico HTTP/1.1\r\nhost: x\r\n\r\n") == [(400, 0, 0.0)]


def test_what_is_no_http_is_a_parser_error() -> None:
    with pytest.raises(httptools.HttpParserError):
        Requests().feed(b"hello\r\n\r\n")


def test_a_reply_says_how_long_it_is() -> None:
    head, _, content = reply(200, 3).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"content-length: 3" in head
    assert content == bytes(range(3))


def test_a_status_without_a_name_has_a_reply_all_the_same() -> None:
    assert reply(299, 0).startswith(b"HTTP/1.1 299 Unknown\r\n")
