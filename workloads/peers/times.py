"""The times that a load generator took, all of them, as text: what several took is put together exactly."""

from __future__ import annotations

import binascii
import itertools
import operator
import struct
import zlib
from collections.abc import Iterable, Sequence

from harness.workloads.latency import latencies

NANOSECONDS = 1e9
WIDTH = 8
"""Bytes of a number."""
QUICKLY = 1
"""Level of zlib: 9 % more bytes than level 6, in two thirds of the time."""


def packed(times: Sequence[float]) -> str:
    """Times (seconds) in order of size, to the nanosecond: base64 of zlib of their differences, the lowest bytes of all
    first, then the next. 0.7 to 2.4 characters a time, the more there are the fewer."""
    ordered = sorted(round(time * NANOSECONDS) for time in times)
    numbers = struct.pack(f"<{len(ordered)}Q", *map(operator.sub, ordered, [0, *ordered]))
    planes = b"".join(numbers[place::WIDTH] for place in range(WIDTH))
    return binascii.b2a_base64(zlib.compress(planes, QUICKLY), newline=False).decode()


def unpacked(text: str) -> list[int]:
    """The times that `packed` was given, in order of size, nanoseconds. Raises ValueError for any other text."""
    try:
        planes = zlib.decompress(binascii.a2b_base64(text))
        numbers = bytearray(planes)
        count = len(planes) // WIDTH
        for place in range(WIDTH):
            numbers[place::WIDTH] = planes[place * count : (place + 1) * count]
        return list(itertools.accumulate(struct.unpack(f"<{count}Q", numbers)))
    except (zlib.error, struct.error) as wrong:
        raise ValueError(f"no times: {wrong}") from None


def of_all(texts: Iterable[str]) -> dict[str, float]:
    """What is reported (seconds) of all times of some texts, as of one list."""
    ordered = sorted(itertools.chain.from_iterable(map(unpacked, texts)))
    return {name: one / NANOSECONDS for name, one in latencies(ordered).items()}
