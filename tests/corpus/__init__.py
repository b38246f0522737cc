"""Programs with a planted fault each, and sound ones: what `explain` has to find, at which line, and what it costs."""

from __future__ import annotations

import functools
from pathlib import Path

from tests.corpus.case import Case, by_hand
from tests.corpus.generate import tables

HERE = Path(__file__).parent
LIBRARY = HERE / "site-packages"


@functools.cache
def cases() -> tuple[Case, ...]:
    """All programs, those of the tables first; each name once."""
    found = [*tables(HERE / "tables", LIBRARY), *by_hand(HERE / "programs")]
    assert len({case.name for case in found}) == len(found)
    return tuple(found)
