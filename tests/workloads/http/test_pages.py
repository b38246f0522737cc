"""What a URL is asked for with, in one spelling."""

from __future__ import annotations

import pytest

from harness.workloads.http.pages import page, shown, target_of
from harness.workloads.http.pages import split as parts_of


@pytest.mark.parametrize(
    ("url", "address", "tls", "first", "host"),
    [
        ("http://example.org", ("example.org", 80), False, b"GET / HTTP/1.1", b"example.org"),
        ("https://example.org/", ("example.org", 443), True, b"GET / HTTP/1.1", b"example.org"),
        ("http://a.b:81/c/d?e=f&g", ("a.b", 81), False, b"GET /c/d?e=f&g HTTP/1.1", b"a.b:81"),
        ("http://a.b?q", ("a.b", 80), False, b"GET /?q HTTP/1.1", b"a.b"),
        ("http://a.b/c?#fragment", ("a.b", 80), False, b"GET /c HTTP/1.1", b"a.b"),
        ("http://user:secret@a.b/", ("a.b", 80), False, b"GET / HTTP/1.1", b"a.b"),
        ("http://A.B:80/c/../d", ("a.b", 80), False, b"GET /d HTTP/1.1", b"a.b"),
        ("https://a.b:443/", ("a.b", 443), True, b"GET / HTTP/1.1", b"a.b"),
        ("http://bücher.example/", ("xn--bcher-kva.example", 80), False, b"GET / HTTP/1.1", b"xn--bcher-kva.example"),
        ("https://[::1]:8443/x", ("::1", 8443), True, b"GET /x HTTP/1.1", b"[::1]:8443"),
    ],
)
def test_a_request_goes_where_the_url_says(
    url: str, address: tuple[str, int], tls: bool, first: bytes, host: bytes
) -> None:
    found = page(url, None)
    head = found.request
    assert (found.address, found.tls is not None) == (address, tls)
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


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/%7euser/%2f", "/~user/%2F"),
        ("/100%/%zz", "/100%25/%25zz"),
        ("/a/./b/../c/..", "/a/"),
        ("/../..", "/"),
        ("//a", "/a"),
        ("/[x]?[y]", "/%5Bx%5D?%5By%5D"),
        ("/a?b%", "/a?b%25"),
        ("/a?b?c/d", "/a?b?c/d"),
    ],
)
def test_a_target_has_one_spelling_which_no_library_changes(path: str, target: str) -> None:
    found = target_of(parts_of(f"http://a.b{path}"))
    assert found == target
    assert target_of(parts_of(f"http://a.b{found}")) == found


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://user:secret@a.b/c", "http://user:***@a.b/c"),
        ("http://:secret@a.b/c", "http://:***@a.b/c"),
        ("http://user@a.b/", "http://user@a.b/"),
        ("http://a.b/c:d@e", "http://a.b/c:d@e"),
    ],
)
def test_a_password_is_told_to_nobody(url: str, told: str) -> None:
    assert shown(url) == told


@pytest.mark.parametrize("url", ["http://a.b:99999/", "http://a.b:port/", "http://[::1/", "http://u:secret@[x/"])
def test_a_url_that_is_none_is_refused_with_its_text_and_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"url 'http://.+' is none: ") as refused:
        parts_of(url)
    assert "secret" not in str(refused.value)
