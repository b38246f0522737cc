"""The picture of rooms is that of the tree, and the page beside it names what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import architecture

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/architecture.md").read_text()


def test_the_picture_is_that_of_the_tree() -> None:
    drawn = architecture.drawn(architecture.read(architecture.here()))
    assert (ROOT / "docs/architecture.svg").read_text() == drawn, "make check draws it again"


def test_every_room_is_in_the_picture() -> None:
    inside = (ROOT / "harness").iterdir()
    rooms = {path.stem for path in inside if path.suffix == ".py" or [*path.glob("*.py"), *path.glob("*/*.py")]}
    drawn = set(re.findall(r"<text [^>]*>(\w+)</text>", (ROOT / "docs/architecture.svg").read_text()))
    assert drawn == {room for room in rooms if not room.startswith("__")}


def test_a_room_stands_above_all_that_it_imports() -> None:
    tree = architecture.Tree({"a": {"b", "c"}, "b": {"c"}, "c": set(), "d": {"c"}})
    assert tree.floors() == [["c"], ["b", "d"], ["a"]]
    assert tree.reached("a") == {"b", "c"}


def test_what_another_way_implies_is_pale() -> None:
    drawn = architecture.drawn(architecture.Tree({"a": {"b", "c"}, "b": {"c"}, "c": set()}))
    assert drawn.count('<path class="pale"') == 1
    assert drawn.count('<path class="way"') == 2


@pytest.mark.parametrize(
    "place", sorted(set(re.findall(r"(?:docs|harness|strategies|workloads|tests)/[\w./-]*", PAGE)))
)
def test_what_the_page_names_exists(place: str) -> None:
    assert (ROOT / place).exists()


def test_its_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)]+)\)", PAGE)
    assert links
    assert all((ROOT / "docs" / link).exists() for link in links)
