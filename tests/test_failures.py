"""docs/failures.md: each line names tests that are there, or says why it has none."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.builders import ROOT

PAGE = ROOT / "docs" / "failures.md"
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ROWS = [line.strip("| ").split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")]
LINES = [cells for cells in ROWS if cells[0] != "what goes wrong"]
UNSHOWN = {
    "what does not end though it was killed, as on a file system that hangs": "it takes a kernel that hangs",
    "files in `/dev/shm` and elsewhere that a task leaves": "nobody can tell",
}
"""Lines without a test, and why."""


def test_the_page_has_a_line_for_each_failure() -> None:
    assert len(LINES) >= 111
    assert {len(cells) for cells in ROWS} == {2, 3}


@pytest.mark.parametrize("cells", LINES, ids=lambda cells: cells[0][:60])
def test_a_line_is_shown_by_tests_that_are_there_or_says_why_not(cells: list[str]) -> None:
    named = TEST.findall(cells[-1])
    if cells[0] in UNSHOWN:
        assert not named
        assert UNSHOWN[cells[0]] in cells[1]
        return
    assert named
    assert cells[-1] == ", ".join(f"`{path}::{name}`" for path, name in named)
    assert [name for path, name in named if name not in names_in(path)] == []


@cache
def names_in(path: str) -> set[str]:
    """The names of the tests of a file."""
    return set(re.findall(r"^(?:async )?def (test_\w+)\(", (ROOT / path).read_text(), re.M))
