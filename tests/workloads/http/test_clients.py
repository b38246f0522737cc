"""The sans-IO client."""

from __future__ import annotations

import httptools
import pytest

from harness.workloads.checks.twins import difference
from harness.workloads.http.clients import HEAD, ReplyParser, async_same, same

LENGTH = b"HTTP/1.1 404 Not Found\r\nContent-Length: 11\r\n\r\nhello world"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
UNTIL_THE_END = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello world"
EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
NO_BODY = b"HTTP/1.1 204 No Content\r\n\r\n"


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


@pytest.mark.parametrize("whole", [False, True])
def test_a_head_has_no_more_than_64_kib(whole: bool) -> None:
    head = b"HTTP/1.1 200 OK\r\nX: " + b"x" * (HEAD - 100)
    parser = ReplyParser()
    assert not parser.feed(head)
    if whole:
        assert parser.feed(b"\r\nContent-Length: 200\r\n\r\n" + b"x" * 200)
        return
    with pytest.raises(ValueError, match="the head of the reply is larger than 64 KiB"):
        parser.feed(b"x" * 200)


def test_the_sans_io_clients_differ_by_async_and_await_alone() -> None:
    assert difference(same, async_same) == ""
