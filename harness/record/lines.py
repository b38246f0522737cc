"""A line of a record, as bytes: a JSON object with a checksum."""

from __future__ import annotations

import zlib

import msgspec

from harness.record.sample import Line
from harness.text import cleaned

CHECKSUM = b',"crc32":"'
_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


def encode(line: Line) -> bytes:
    """A line of the file: a JSON object whose last field is the CRC-32 of all that stands before it."""
    try:
        body = msgspec.json.encode(line)[:-1]
    except UnicodeEncodeError:  # a path that is no UTF-8
        body = msgspec.json.encode(cleaned(msgspec.to_builtins(line)))[:-1]
    return body + CHECKSUM + f'{zlib.crc32(body):08x}"}}\n'.encode()


def decode(data: bytes) -> Line | None:
    """The line, or None where it is torn or damaged."""
    body, found, tail = data.rpartition(CHECKSUM)
    if not found or tail != f'{zlib.crc32(body):08x}"}}'.encode():
        return None
    try:
        return _DECODER.decode(body + b"}")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
