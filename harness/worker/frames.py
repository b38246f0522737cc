"""What parent and worker say to each other: JSON in frames of length and CRC. Never pickle, never stdout."""

from __future__ import annotations

import json
import os
import struct
import zlib
from typing import Any

HEADER = struct.Struct(">II")
LARGEST = 32 << 20

LOST = 121
"""The status of a worker that can no longer answer, as its pipes are closed."""

# A workload may replace or patch any of these: what carries its result is bound before it is imported.
_read, _write = os.read, os.write
_text, _value = json.JSONEncoder(allow_nan=False).encode, json.JSONDecoder().decode
_head, _length_at, _crc = HEADER.pack, HEADER.unpack_from, zlib.crc32


class ProtocolError(ValueError):
    """Raised when what arrived is no frame of ours."""


def encode(message: dict[str, Any]) -> bytes:
    """A message as a frame: length (32 bits), CRC-32, JSON."""
    body = _text(message).encode()
    return _head(len(body), _crc(body)) + body


class Frames:
    """Puts the bytes of a descriptor together into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Take bytes as they came."""
        self._buffer += data

    def __bool__(self) -> bool:
        """Whether there is something that was not taken."""
        return bool(self._buffer)

    def take(self) -> dict[str, Any] | None:
        """Return the next whole message, or None. Raises ProtocolError."""
        if len(self._buffer) < HEADER.size:
            return None
        length, crc = _length_at(self._buffer)
        if length > LARGEST:
            raise ProtocolError(f"a message of {length:,} bytes, the most is {LARGEST:,}")
        if len(self._buffer) < HEADER.size + length:
            return None
        body = bytes(self._buffer[HEADER.size : HEADER.size + length])
        del self._buffer[: HEADER.size + length]
        if _crc(body) != crc:
            raise ProtocolError("a message with a wrong checksum")
        message = _said(body)
        if not isinstance(message, dict):
            raise ProtocolError("a message that is no JSON object")
        return message

    def take_line(self) -> dict[str, Any] | None:
        """Return the next whole line of JSON (what a peer says), or None. Raises ValueError."""
        line, found, rest = self._buffer.partition(b"\n")
        if not found:
            return None
        self._buffer = rest
        said: dict[str, Any] = _said(line)
        return said


def _said(body: bytes | bytearray) -> Any:
    try:
        return _value(body.decode())
    except RecursionError:
        raise ProtocolError("a message that is nested too deeply") from None


def send(descriptor: int, message: dict[str, Any]) -> None:
    """Write a message, all of it. Raises OSError."""
    frame = memoryview(encode(message))
    while frame:
        frame = frame[_write(descriptor, frame) :]


def receive(descriptor: int, frames: Frames) -> dict[str, Any] | None:
    """Wait for a message; None when the other side is gone. Raises ProtocolError."""
    while (message := frames.take()) is None:
        data = _read(descriptor, 65536)
        if not data:
            return None
        frames.feed(data)
    return message
