"""Lines of a record: what is written of text from anywhere, and what is read of lines that nobody wrote so."""

from __future__ import annotations

import tracemalloc
import zlib

import msgspec
import pytest

from harness.record import lines
from harness.record.lines import ImpossibleError, Unknown, decode, encode, split
from harness.record.sample import Sample
from tests.builders import sample


def said(reason: str) -> Sample:
    return msgspec.structs.replace(sample(0, 0, 1.0), status="failed", reason=reason)


def line(body: bytes) -> bytes:
    """A line with the right checksum, whatever it says."""
    return body + b',"crc32":"%08x"}' % zlib.crc32(body)


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("é", "é"),
        ("caf\udce9", r"caf\xe9"),
        ("of https://me:secret@x.org/a?token=b", "of https://me:***@x.org/a?token=***"),
        ("of https://x.org/", "of https://x.org/"),
        ('raise E(f"token={x}")\nE: token=1', 'raise E(f"token={x}")\nE: token=1'),
        ("get --token 'x", "get --token ***"),
        ("caf\udce9 of https://me:secret@x.org/", r"caf\xe9 of https://me:***@x.org/"),
    ],
)
def test_text_from_anywhere_is_stored_safely(reason: str, kept: str) -> None:
    assert decode(encode(said(reason)).rstrip(b"\n")) == said(kept)


def test_a_line_without_a_secret_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hiding costs is paid by those lines that have something to hide."""
    walked: list[object] = []
    monkeypatch.setattr(lines, "without_secrets", lambda value: walked.append(value) or value)
    encode(said("of tasks"))
    assert not walked
    encode(said("of tokens"))
    assert len(walked) == 1


@pytest.mark.parametrize(
    "body",
    [b'{"kind":"sample","facts":' + b"[" * 5000, b'{"kind":"sample","reason":"\xff"', b'{"kind":"\xff"', b'{"kind":1'],
)
def test_what_is_no_json_is_damaged_though_its_checksum_is_right(body: bytes) -> None:
    assert decode(line(body)) is None


def test_lines_are_taken_one_by_one() -> None:
    raw = b"\n" * 1_000_000 + b"a\n\nb"
    tracemalloc.start()
    try:
        assert list(split(raw)) == [b"a", b"b"]
        assert tracemalloc.get_traced_memory()[1] < len(raw)
    finally:
        tracemalloc.stop()


def test_a_line_without_its_checksum_is_damaged() -> None:
    assert decode(b'{"kind":"end"}') is None


def test_a_line_of_ours_that_says_what_cannot_be_is_told_and_one_of_another_kind_passed_over() -> None:
    assert isinstance(decode(line(b'{"kind":"weather"')), Unknown)
    with pytest.raises(ImpossibleError, match="blocks: expected `int` >= 0"):
        decode(line(b'{"kind":"end","status":"complete","blocks":-1,"seconds":{}'))
    with pytest.raises(ImpossibleError, match="end: object missing required field `status`"):
        decode(line(b'{"kind":"end"'))
