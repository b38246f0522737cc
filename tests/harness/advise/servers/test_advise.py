"""What a search for the best server needs before it begins."""

from __future__ import annotations

import pytest

from harness.advise.servers.advise import able
from harness.errors import IncompleteError
from tests.harness.advise.servers.simulated import plan


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a"], "1 server cannot be looked at within 2 s: give --max-time 3"),
        (["a", "b", "c", "d", "e"], "5 servers cannot be looked at within 2 s: give --max-time 13, or name fewer"),
    ],
)
def test_the_time_that_is_asked_for_is_enough(names: list[str], said: str) -> None:
    with pytest.raises(IncompleteError, match=f"^{said}") as refused:
        able(plan(names=names, max_time=2.0))
    asked = float(str(refused.value).partition("--max-time ")[2].partition(",")[0])
    found, _ = able(plan(names=names, max_time=asked))
    assert [one.name for one in found.strategies] == names
