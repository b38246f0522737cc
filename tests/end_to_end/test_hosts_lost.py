"""A host that is lost at a random moment costs a block: the proof `tests/benchmarks/hosts.py`, once of each kind."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.benchmarks.hosts import CUT, KILLED, WANTED, Lost, tried
from tests.hosts import needed

pytestmark = [pytest.mark.slow, pytest.mark.together, needed]
LOSES = [kind for kind in WANTED if kind.startswith((KILLED, CUT))]
"""The others have tests of their own (test_hosts.py)."""
TRIES = 5
"""A host that is lost after the end is none."""


@pytest.mark.parametrize("kind", LOSES)
def test_a_host_that_is_lost_at_any_moment_costs_a_block_and_no_more(kind: str) -> None:
    if "Dask" in kind and find_spec("distributed") is None:
        pytest.skip("needs dask.distributed")
    found = next(one for _ in range(TRIES) if (one := tried(kind)))
    assert isinstance(found, Lost)
    assert (found.lost, found.doubled, found.not_whole, found.left) == (0, 0, 0, 0), found
