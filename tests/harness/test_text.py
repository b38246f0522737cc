"""Text that is no UTF-8, as JSON and terminals take it."""

from __future__ import annotations

import os

import msgspec
import pytest

from harness.record.lines import decode, encode
from harness.record.plan import PlannedGroup
from harness.record.sample import Added, Line, Sample
from harness.text import as_markdown, cleaned, csv_cell, readable, uncommanded, without_password
from tests.builders import header, sample


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("läuft ✓", "läuft ✓"),
        (os.fsdecode(b"n\xe9.py"), r"n\xe9.py"),
        (os.fsdecode("ä\xff".encode("latin-1")), r"\xe4\xff"),
        ("half \ud800 of a pair", r"half \ud800 of a pair"),
    ],
)
def test_a_byte_that_is_no_text_is_an_escape(text: str, shown: str) -> None:
    assert readable(text) == shown
    assert readable(shown) == shown
    readable(text).encode()


def test_whatever_json_holds_is_cleaned() -> None:
    said = {"a\udce9": ["b\udce9", 1, None, True], "c": {"d": ("e\udce9",)}}
    assert cleaned(said) == {r"a\xe9": [r"b\xe9", 1, None, True], "c": {"d": [r"e\xe9"]}}


def test_a_line_with_such_text_is_stored_as_it_would_be_read() -> None:
    one = Sample(0, 1, 2, "failed", "ValueError: \ud800 at n\udce9.py:1", facts={"at": "n\udce9"})
    read = decode(encode(one).removesuffix(b"\n"))
    said = r"ValueError: \ud800 at n\xe9.py:1"
    assert read == msgspec.structs.replace(one, reason=said, facts={"at": r"n\xe9"})


@pytest.mark.parametrize("line", [header(), sample(0, 1, 0.5)])
def test_cleaning_changes_no_other_line(line: Line) -> None:
    assert msgspec.convert(cleaned(msgspec.to_builtins(line)), type(line)) == line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"), ("+x", "'+x"), ("-x", "'-x"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", r"'\t=1"),
        ("'=1", "''=1"), ("\uff1d1", "'\uff1d1"), ("gevent@old", "gevent@old"), (-1.5, -1.5), (None, None),
    ],
)  # fmt: skip
def test_a_cell_is_no_formula(text: object, shown: object) -> None:
    assert csv_cell(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a | b", r"a \| b"), ("<b>", r"\<b\>"), ("[x](y)", r"\[x\](y)"), ("`x`", r"\`x\`"),
        ("@you", "@\u200byou"), ("gevent@base", "gevent@base"), ("a\nb", r"a\\nb"),
    ],
)  # fmt: skip
def test_a_text_is_no_markdown(text: str, shown: str) -> None:
    assert as_markdown(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("::error::x", ": :error::x"), ("a\n  ::x", "a\n  : :x"), ("a::b", "a::b"), ("x ##[error]", "x # #[error]")],
)
def test_no_line_is_a_workflow_command(text: str, shown: str) -> None:
    assert uncommanded(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://me:secret@host/", "http://me:***@host/"),
        ("http://host/?a=1&api_key=secret&b=2", "http://host/?a=1&api_key=***&b=2"),
        ('{"url": "http://host:80", "to": "me@host"}', '{"url": "http://host:80", "to": "me@host"}'),
        ("https://0123456789abcdef0123@host/x", "https://***@host/x"),
        ("https://0123456789abcdef0123:x@host/x", "https://***@host/x"),
        ("ssh://git@host/x", "ssh://git@host/x"),
        ("http://h/?key=secret&api-key=secret&x_sig=secret#f", "http://h/?key=***&api-key=***&x_sig=***#f"),
        ("http://h/?auth=secret&Pwd=1&access_token=secret", "http://h/?auth=***&Pwd=***&access_token=***"),
        ("http://h/?key=17&monkey=a&max_tokens=b", "http://h/?key=17&monkey=a&max_tokens=b"),
        ("token=se cret", "token=***"),
        ('["db.password=se cret","tokens=5"]', '["db.password=***","tokens=5"]'),
        ('{"token": "se\\"cret", "pwd":["a","b"]}', '{"token": "***", "pwd":["***","***"]}'),
        ('{"token":5,"tokenizer":"fast","machine_key":"m"}', '{"token":5,"tokenizer":"fast","machine_key":"m"}'),
        ("sshpass -p secret ssh -p 22 {host}", "sshpass -p *** ssh -p 22 {host}"),
        ("get --api-key 'se cret' --token=secret --retoken", "get --api-key *** --token=*** --retoken"),
        ("what a token is=this", "what a token is=this"),
    ],
)
def test_no_password_is_shown(text: str, shown: str) -> None:
    assert without_password(text) == shown


def test_nor_stored() -> None:
    asked = {"options": ["token=secret"], "ssh": "sshpass -p secret ssh {host}"}
    for line in (
        msgspec.structs.replace(header(), asked=asked),
        Added(PlannedGroup("w", "t", {"token": "secret"}, 1, 1)),
    ):
        assert b"secret" not in encode(line)
        assert decode(encode(line).removesuffix(b"\n")) is not None
    one = Sample(0, 1, 2, "failed", "refused: http://me:secret@host/ and ftp://you:secret@host/")
    assert b"secret" not in encode(one)
    assert decode(encode(one).removesuffix(b"\n")) is not None
