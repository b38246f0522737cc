"""Text that is no UTF-8: names of files are bytes, and what of them is no text Python keeps as lone surrogates, which
neither JSON nor a terminal takes."""

from __future__ import annotations

import codecs
from typing import Any

READABLE = "harness.readable"
"""The name of an error handler for streams: what they cannot show is written as `readable` does."""


def readable(text: str) -> str:
    """A text as JSON and terminals take it: a byte that is no UTF-8 is written \\xNN."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors=READABLE).decode()
    return text


def printable(text: str) -> str:
    """A text in which what moves a terminal's cursor or changes its colours is written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in readable(text))


def cleaned(value: Any) -> Any:
    """The same of all the text in what JSON can hold."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, dict):
        return {cleaned(name): cleaned(one) for name, one in value.items()}
    return [cleaned(one) for one in value] if isinstance(value, list | tuple) else value


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_escape, error.object[error.start : error.end])), error.end


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was no text (PEP 383)
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("ascii", "backslashreplace").decode()


codecs.register_error(READABLE, _escaped)
