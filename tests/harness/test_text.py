"""Text that is no UTF-8, as JSON and terminals take it."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Any

import msgspec
import pytest

from harness.record.lines import decode, encode
from harness.record.plan import PlannedGroup
from harness.record.sample import Added, Line, Sample
from harness.text import (
    as_markdown,
    cleaned,
    csv_cell,
    option_without_secret,
    readable,
    uncommanded,
    without_password,
    without_secrets,
)
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
        ("http://me:sëcret@host/", "http://me:***@host/"),
        ("sshpass -p secret ssh -p 22 {host}", "sshpass -p *** ssh -p 22 {host}"),
        ("sshpass -v -p 'se cret' ssh", "sshpass -v -p *** ssh"),
        ('sshpass -p"se cret" ssh', "sshpass -p*** ssh"),
        ("sshpass -P 'key is' -p secret ssh -p 22", "sshpass -P 'key is' -p *** ssh -p 22"),
        ("sshpass -e ssh -p 22", "sshpass -e ssh -p 22"),
        ("sshpass -p se\\ cret ssh", "sshpass -p *** ssh"),
        ("""sshpass -p 'it'"'"'s secret' ssh""", "sshpass -p *** ssh"),
        ("SSHPASS=secret sshpass -e ssh", "SSHPASS=*** sshpass -e ssh"),
        (r'run("sshpass -p \"se cret\" ssh")', 'run("sshpass -p *** ssh")'),
        ("get --api-key 'se cret' --token=secret --retoken", "get --api-key *** --token=*** --retoken"),
        (r'get --password "se \"cret" --token="se cret" x', "get --password *** --token=*** x"),
        ("get --password 'secret\nis 'so'", "get --password ***\nis 'so'"),
        ("get --password isn't right, 'x' is", "get --password ***'t right, 'x' is"),
    ],
)
def test_no_password_is_shown(text: str, shown: str) -> None:
    assert without_password(text) == shown
    assert without_password(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "what a token is=this",
        'raise ValueError(f"token={x} is wrong")\nValueError: token=x is wrong',
        "f(a, token=get(x), b)",
        "f(SSHPASS=b)",
        'f("--token ", x, "b")',
        "f('--token=' + x, 'b')",
        'add_argument("--token", help="one")',
        "get('http://h/?token=' + token, 'b')",
        "usage: get [--token TOKEN]",
    ],
)
def test_what_holds_no_secret_loses_nothing(text: str) -> None:
    said = {"traceback": text, "source": "token=get(x),"}
    assert without_secrets(said) == said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("token=se cret", "token=***"),
        ("db.password=a=b", "db.password=***"),
        ("api_key2=12ab", "api_key2=***"),
        ("password=12345678", "password=***"),
        ("url=http://me:secret@h/?token=a", "url=http://me:***@h/?token=***"),
        *(
            (text, text)
            for text in ("token_size=100", "password_length=1,2", "token_size=0.5,-1e-3", "token_size=1..100")
        ),
        *((text, text) for text in ("use_token=True", "token=", "tokens=many", "token", "tokenizer=fast")),
    ],
)
def test_an_option_that_is_called_so_is_hidden_unless_it_is_a_number(text: str, shown: str) -> None:
    assert option_without_secret(text) == shown
    assert without_secrets({"options": [text]}) == {"options": [shown]}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"token": 'se"cret', "pwd": ("a", "b")}, {"token": "***", "pwd": ["***", "***"]}),
        ({"api_key": {"name": "x", "secret": "y"}}, {"api_key": {"name": "x", "secret": "***"}}),
        ({"http://me:secret@h/": 1, 2: None}, {"http://me:***@h/": 1, 2: None}),
        ({"ssh": 'sshpass -p "se cret" ssh'}, {"ssh": "sshpass -p *** ssh"}),
        ({"reason": "--token 'x", "b": "it's"}, {"reason": "--token ***", "b": "it's"}),
        *((said, said) for said in ({"token_size": [1, 2], "token_cost": "1.5", "use_token": True, "password": ""},)),
        *((said, said) for said in ({"tokenizer": "fast", "machine_key": "m"}, ["http://h:80", "me@host"])),
    ],
)
def test_secrets_are_hidden_in_what_json_holds(said: Any, shown: Any) -> None:
    assert without_secrets(said) == shown


@contextlib.contextmanager
def ended_after_a_minute() -> Iterator[None]:
    """Raise TimeoutError where that takes a minute of processor time."""

    def end(_: int, __: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, 60)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize(
    "unit",
    [
        "token.token.", " --token", " --token '", ' --token "', r" --token \"", """ --token 'a'"'""", "sshpass -v -",
        "sshpass ", "://", "://a:", "&key_", "&token_", "1e1..", "1..", '{"kind":"', ',"crc32":"',
    ],
)  # fmt: skip
def test_what_hiding_takes_grows_as_the_text_does(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    said = {name: [text, f"token={text}", f'{{"kind":"{text}'] for name in ("reason", "options", "token")}
    with ended_after_a_minute():  # what grows by the square takes some
        without_secrets(said | {text: 1})


def test_nor_stored() -> None:
    asked = {"options": ["token=secret"], "ssh": 'sshpass -p "secret it is" ssh {host}'}
    for line in (
        msgspec.structs.replace(header(), asked=asked),
        Added(PlannedGroup("w", "t", {"token": "secret"}, 1, 1)),
    ):
        assert b"secret" not in encode(line)
        assert decode(encode(line).removesuffix(b"\n")) is not None
    one = Sample(0, 1, 2, "failed", "refused: http://me:secret@host/ and ftp://you:secret@host/")
    assert b"secret" not in encode(one)
    assert decode(encode(one).removesuffix(b"\n")) is not None


def test_a_line_of_a_record_is_as_it_was_sealed() -> None:
    one = Sample(0, 1, 2, "failed", 'get --token "', traceback='f(" --token ", "b")', facts={"token": 'se"cret'})
    sealed = encode(one).decode().removesuffix("\n")
    assert without_secrets({"lines": [sealed]}) == {"lines": [sealed]}
    assert encode(decode(sealed.encode())).decode().removesuffix("\n") == sealed  # type: ignore[arg-type]
