"""What the peer's pages hold: known bytes, so that a client can verify each of them."""

from __future__ import annotations

from functools import lru_cache

PATTERN = bytes(range(256))


@lru_cache(maxsize=8)
def body(size: int) -> bytes:
    """So many bytes of a fixed pattern that no shift by a few bytes leaves the same."""
    return (PATTERN * (size // len(PATTERN) + 1))[:size]
