"""What a round's values are, so short that a record can keep it: whether two rounds or strategies returned the same.

Values of plain types are compared: None, bool, numbers, text, bytes, and lists, tuples and dicts of them. Of 64 KiB and
more, length and both ends are."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Any

MOST_EACH = 1000
"""Tasks whose values are told one by one."""
DIGITS = 6
LARGE, END = 65536, 32768
MOST_PARTS, DEEPEST = 10_000, 50


class Opaque(Exception):
    """Raised where a value is of no plain type, has too many parts, or goes too deep (into itself, it may be)."""


def digest(values: Sequence[Any]) -> tuple[str | None, str | None]:
    """Hexadecimal digits for all values together, and six for each of the first tasks. None where they are not
    compared, or are all None: then they prove nothing. (A checksum: it imports nothing that a worker has not.)"""
    if all(value is None for value in values):
        return None, None
    whole = 0
    each: list[str] = []
    try:
        for value in values:
            one = checksum(value, [MOST_PARTS])
            whole = zlib.crc32(b"%x;" % one, whole)
            if len(each) < MOST_EACH:
                each.append(f"{one & 0xFFFFFF:0{DIGITS}x}")
    except Opaque:
        return None, None
    return f"{whole:08x}", "".join(each)


def checksum(value: Any, left: list[int], depth: int = 0) -> int:
    """The same for equal values: of 1 as of 1.0 and True, of a list as of a tuple, of a dict in any order."""
    found = 0
    for piece in _pieces(value, left, depth):
        found = zlib.crc32(piece, found)
    return found


def _pieces(value: Any, left: list[int], depth: int) -> Iterator[bytes]:
    left[0] -= 1
    if left[0] < 0 or depth > DEEPEST:
        raise Opaque
    match value:
        case None:
            yield b"n"
        case bool() | int() | float():
            yield _number(value)
        case str():
            yield from _large(b"s", value.encode(errors="surrogatepass"))
        case bytes() | bytearray():
            yield from _large(b"b", value)
        case list() | tuple():
            yield b"l%d:" % len(value)
            for one in value:
                yield from _pieces(one, left, depth + 1)
        case dict():
            yield b"d%d:" % len(value)
            for number in sorted(checksum(pair, left, depth + 1) for pair in value.items()):
                yield b"%x;" % number
        case _:
            raise Opaque


def _number(value: Any) -> bytes:
    if isinstance(value, float) and not value.is_integer():
        return b"f" + value.hex().encode() + b";"
    return b"i%x;" % int(value)


def _large(kind: bytes, data: bytes | bytearray) -> Iterator[bytes]:
    yield kind + b"%d:" % len(data)
    yield bytes(data) if len(data) < LARGE else bytes(data[:END] + data[-END:])
