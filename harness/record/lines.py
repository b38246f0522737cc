"""A line of a record, as bytes: a JSON object with a checksum."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Any, get_args

import msgspec

from harness.record.sample import Line
from harness.text import cleaned, may_have_secret, without_secrets

CHECKSUM = b',"crc32":"'
FILLED = re.compile(rb"[^\n]+")
UNDIVIDED = re.compile(rb'(?<=,"crc32":"[0-9a-f]{8}"}).(?={"kind":")', re.DOTALL)
"""Between two lines: a line break, whatever has become of it."""
KINDS = [kind.__struct_config__.tag for kind in get_args(Line)]
_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


class ImpossibleError(ValueError):
    """Raised where a line is as it was written, and says what cannot be: the text begins with the name of the field."""


class Kind(msgspec.Struct):
    """What every line has."""

    kind: str


class Unknown(msgspec.Struct):
    """A line of a kind that only a newer program knows: passed over."""


def json_of(value: Any) -> bytes:
    """What JSON can hold, without passwords; of what is no UTF-8 there are escapes."""
    try:
        said = msgspec.json.encode(value)
    except UnicodeEncodeError:  # a path, perhaps
        value = cleaned(msgspec.to_builtins(value))
        said = msgspec.json.encode(value)
    return msgspec.json.encode(without_secrets(msgspec.to_builtins(value))) if may_have_secret(said.decode()) else said


def encode(line: Line) -> bytes:
    """A line of the file: a JSON object whose last field is the CRC-32 of all that stands before it."""
    body = json_of(line)[:-1]
    return body + CHECKSUM + f'{zlib.crc32(body):08x}"}}\n'.encode()


def split(raw: bytes) -> Iterator[bytes]:
    """The lines of a record, one by one; of a file that is none, some pieces."""
    for piece in FILLED.finditer(raw):
        yield from UNDIVIDED.split(piece[0])


def decode(data: bytes) -> Line | Unknown | None:
    """The line, or None where it is torn or damaged. Raises ImpossibleError."""
    body, found, tail = data.rpartition(CHECKSUM)
    if not found or tail != f'{zlib.crc32(body):08x}"}}'.encode():
        return None
    try:
        return _DECODER.decode(body + b"}")
    except (UnicodeDecodeError, RecursionError):
        return None
    except msgspec.MsgspecError as wrong:
        return _unknown(body + b"}", wrong)


def _unknown(text: bytes, wrong: msgspec.MsgspecError) -> Unknown | None:
    """What a line is that none of ours is, though its checksum is right."""
    try:
        kind = msgspec.json.decode(text, type=Kind).kind
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if kind in KINDS:
        what, _, field = str(wrong).partition(" - at `$.")
        raise ImpossibleError(f"{field.rstrip('`') or kind}: {what[:1].lower()}{what[1:]}") from None
    return Unknown()
