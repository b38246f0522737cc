"""The bytes of the peer's pages."""

from __future__ import annotations

import pytest

from harness.workloads.peers.http_body import body


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 100_000])
def test_a_page_is_as_long_as_asked(size: int) -> None:
    assert len(body(size)) == size


@pytest.mark.parametrize("shift", [1, 2, 7, 255])
def test_a_page_shifted_by_a_few_bytes_is_another(shift: int) -> None:
    assert body(2000)[shift:] != body(2000 - shift)
