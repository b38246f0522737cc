"""What pages there are and what they hold: known bytes, so that a client can verify each of them."""

from __future__ import annotations

from functools import lru_cache

PATTERN = bytes(range(256))
LARGEST = 256 << 20
"""Bytes of a page that is served, or fetched from anybody."""
LONGEST = 3600.0


def page(path: str) -> tuple[int, int, float]:
    """Status, size and latency of the page /STATUS/SIZE/LATENCY. Raises ValueError where there is none."""
    _, status, size, latency = path.split("/")
    code, length, wait = int(status), int(size), float(latency)
    if not (200 <= code <= 599 and 0 <= length <= LARGEST and 0 <= wait <= LONGEST):
        raise ValueError(f"no page {path}")
    return code, length, wait


@lru_cache(maxsize=8)
def body(size: int) -> bytes:
    """So many bytes of a fixed pattern that no shift by a few bytes leaves the same."""
    return (PATTERN * (size // len(PATTERN) + 1))[:size]
