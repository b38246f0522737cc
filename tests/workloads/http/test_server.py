"""The server's side of HTTP without I/O."""

from __future__ import annotations

import pytest

from harness.workloads.http.server import CONTINUE, HEAD, PAGES, PART, Answer, Conversation, head, reply, request
from harness.workloads.peers.http_body import body

USUAL = (203, 7, 0.25)
GET = b"GET /200/16/0 HTTP/1.1\r\nHost: x\r\n\r\n"
KEPT, CLOSED = (0.0, reply(200, 16)), (0.0, head(200, 16, "close") + body(16))


def asked(*parts: bytes) -> tuple[list[Answer], bool]:
    """The answers to what a client sends, in these parts, and whether the connection has ended."""
    conversation = Conversation(USUAL)
    found = [answer for part in parts for answer in conversation.feed(part)]
    return found, conversation.ended


def with_head(line: str, *headers: str) -> bytes:
    return "\r\n".join([line, *headers, "\r\n"]).encode()


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_requests_are_complete_at_their_last_byte(piece: int) -> None:
    sent = request(404, 10, 0.5) + request(200, 0, 0.0)
    found, ended = asked(*(sent[start : start + piece] for start in range(0, len(sent), piece)))
    assert found == [(0.5, reply(404, 10)), (0.0, reply(200, 0))]
    assert not ended


@pytest.mark.parametrize("piece", [1, 7, 1000])
@pytest.mark.parametrize(
    ("sent", "answer", "ended"),
    [
        (GET, KEPT, False),
        (with_head("GET /200/16/0 HTTP/1.0"), CLOSED, True),
        (with_head("GET /200/16/0 HTTP/1.0", "Host: x"), CLOSED, True),
        (
            with_head("GET /200/16/0 HTTP/1.0", "connection: Keep-Alive"),
            (0.0, head(200, 16, "keep-alive") + body(16)),
            False,
        ),
        (
            with_head("GET /200/16/0 HTTP/1.0", "host: x", "Connection: keep-alive"),
            (0.0, head(200, 16, "keep-alive") + body(16)),
            False,
        ),
        (with_head("GET /200/16/0 HTTP/1.1", "Connection: close"), CLOSED, True),
        (with_head("GET /200/16/0 HTTP/1.1", "Connection: x, CLOSE"), CLOSED, True),
        (with_head("HEAD /200/16/0 HTTP/1.1", "Host: x"), (0.0, head(200, 16)), False),
        (with_head("HEAD / HTTP/1.0"), (0.25, head(203, 7, "close")), True),
        (with_head("GET / HTTP/1.1", "Host: x"), (0.25, reply(203, 7)), False),
        (with_head("GET /?x=/200/16/0 HTTP/1.1", "Host: x"), (0.25, reply(203, 7)), False),
        (with_head("GET /200/16/0?x=1 HTTP/1.1", "Host: x"), KEPT, False),
        (with_head("GET http://a.b/200/16/0 HTTP/1.1", "Host: x"), KEPT, False),
        (with_head("GET http://a.b HTTP/1.1", "Host: x"), (0.25, reply(203, 7)), False),
        (with_head("GET http://a.b?q HTTP/1.1", "Host: x"), (0.25, reply(203, 7)), False),
        (with_head("POST /200/16/0 HTTP/1.1", "Content-Length: 5") + b"hello", KEPT, False),
        (with_head("PUT /200/16/0 HTTP/1.1", "Transfer-Encoding: chunked") + b"1\r\na\r\n0\r\n\r\n", KEPT, False),
        (with_head("GET /204/16/0 HTTP/1.1", "Host: x"), (0.0, b"HTTP/1.1 204 No Content\r\n\r\n"), False),
        (with_head("GET /304/16/0 HTTP/1.1", "Host: x"), (0.0, b"HTTP/1.1 304 Not Modified\r\n\r\n"), False),
    ],
)
def test_a_request_is_answered_as_http_has_it(sent: bytes, answer: Answer, ended: bool, piece: int) -> None:
    assert asked(*(sent[start : start + piece] for start in range(0, len(sent), piece))) == ([answer], ended)


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/favicon.ico", 404),
        ("*", 404),
        ("/200/16/0/1", 404),
        ("/999/5/0", 400),
        ("/200/99999999999/0", 400),
        ("/200/5/-1", 400),
        ("/200/5/nan", 400),
        ("/a/b/c", 400),
    ],
)
def test_a_path_that_is_no_page_explains_itself_and_the_connection_goes_on(url: str, status: int) -> None:
    ((wait, said), after), ended = asked(with_head(f"GET {url} HTTP/1.1", "Host: x") + GET)
    assert said.startswith(f"HTTP/1.1 {status} ".encode())
    assert said.endswith(b"\r\n\r\n" + PAGES.encode())
    assert f"content-length: {len(PAGES)}\r\n".encode() in said
    assert (wait, after, ended) == (0.0, KEPT, False)


def test_head_of_what_is_no_page_has_no_body() -> None:
    ((_, said),), _ = asked(with_head("HEAD /nothing HTTP/1.1", "Host: x"))
    assert said.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "sent",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /a b c\r\n",
    ],
)
def test_what_is_no_http_is_told_so_and_ended(sent: bytes) -> None:
    ((_, said),), ended = asked(sent + b"\r\n" * 2)
    assert said.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"\r\nconnection: close\r\n" in said
    assert ended


def test_nobody_answers_what_follows_the_last_request() -> None:
    assert asked(with_head("GET /200/16/0 HTTP/1.0") + GET + b"rubbish") == ([CLOSED], True)


@pytest.mark.parametrize("split", [True, False])
def test_whoever_waits_with_a_body_is_told_to_go_on(split: bool) -> None:
    sent = with_head("POST /200/16/0 HTTP/1.1", "Content-Length: 5", "EXPECT: 100-Continue")
    if split:
        assert asked(sent, b"hel", b"lo" + GET) == ([(0.0, CONTINUE), KEPT, KEPT], False)
    else:
        assert asked(sent + b"hello" + GET) == ([KEPT, KEPT], False)


@pytest.mark.parametrize("piece", [1, 7, 1000])
@pytest.mark.parametrize("content", [b"", b"hello", GET])
def test_an_upgrade_is_passed_over(content: bytes, piece: int) -> None:
    length = [f"Content-Length: {len(content)}"] if content else []
    sent = with_head("POST /200/16/0 HTTP/1.1", "Connection: Upgrade", "Upgrade: h2c", *length) + content + GET
    assert asked(*(sent[start : start + piece] for start in range(0, len(sent), piece))) == ([KEPT, KEPT], False)


@pytest.mark.parametrize("more", [-1, 0, 1, PART])
@pytest.mark.parametrize("connection", ["", "close"])
def test_a_large_page_is_said_in_parts(more: int, connection: str) -> None:
    asks = with_head(
        f"GET /200/{PART + more}/0.5 HTTP/1.1", "Host: x", *([f"Connection: {connection}"] * bool(connection))
    )
    found, _ = asked(asks)
    assert b"".join(said for _, said in found) == head(200, PART + more, connection) + body(PART + more)
    assert [wait for wait, _ in found] == [0.5, *[0.0] * (0 if more <= 0 else 2)]
    assert all(len(said) <= PART + 200 for _, said in found)


@pytest.mark.parametrize("endless", [b"GET /", b"GET / HTTP/1.1\r\nX: ", b"GET / HTTP/1.1\r\n"])
def test_a_head_without_end_is_told_so_and_ended(endless: bytes) -> None:
    line = b"x" * 98 + (b": 1\r\n" if endless.endswith(b"\n") else b"x" * 5)
    ((_, said),), ended = asked(endless, *[line * 100] * 6, line * 100)
    assert said.startswith(b"HTTP/1.1 431 ")
    assert said.endswith(b"\r\n\r\nthe head of this request is larger than 64 KiB\n")
    assert ended


@pytest.mark.parametrize("kind", ["Content-Length: 200000", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("upgrade", [(), ("Connection: Upgrade", "Upgrade: h2c")])
def test_what_comes_after_a_head_is_none(kind: str, upgrade: tuple[str, ...]) -> None:
    if upgrade and "chunked" in kind:
        pytest.skip("it ends the connection")
    sent = with_head("POST /200/16/0 HTTP/1.1", kind, *upgrade)
    content = b"x" * 200_000
    if "chunked" in kind:
        content = b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)
    whole = sent + content + b"GET /200/16/0 HTTP/1.1\r\nX: " + b"x" * (HEAD - 100)
    parts = [whole[start : start + 65536] for start in range(0, len(whole), 65536)]
    assert asked(*parts, b"\r\n\r\n") == ([KEPT, KEPT], False)


def test_it_is_no_proxy() -> None:
    ((_, said),), ended = asked(with_head("CONNECT a.b:443 HTTP/1.1", "Host: a.b:443"))
    assert said.startswith(b"HTTP/1.1 404 ")
    assert ended


def test_a_reply_says_how_long_it_is() -> None:
    first, _, content = reply(200, 3).partition(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"content-length: 3" in first
    assert content == bytes(range(3))


def test_a_status_without_a_name_has_a_reply_all_the_same() -> None:
    assert reply(299, 0).startswith(b"HTTP/1.1 299 Unknown\r\n")


CHUNKED = with_head("POST /200/16/0 HTTP/1.1", "Host: x", "Transfer-Encoding: chunked")


def test_trailers_have_an_end() -> None:
    one, said = Conversation((200, 16, 0.0)), []
    for data in (CHUNKED, b"3\r\nabc\r\n", b"0\r\nX: ", *[b"x" * 1000] * 100):
        said += one.feed(data)
    assert [answer.split(b"\r\n")[0] for _, answer in said] == [b"HTTP/1.1 431 Request Header Fields Too Large"]
    assert one.ended


def test_a_body_may_be_as_large_as_it_likes() -> None:
    one, said = Conversation((200, 16, 0.0)), []
    for data in (CHUNKED, *[b"4000\r\n" + b"x" * 0x4000 + b"\r\n"] * 20, b"0\r\nX: y\r\n\r\n"):
        said += one.feed(data)
    assert (said, one.ended) == ([KEPT], False)
