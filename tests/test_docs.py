"""What the pages name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.builders import ROOT

PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
PLACE = re.compile(r"\b(?:harness|strategies|workloads|tests|docs)/[\w/]+\.(?:py|md|json|jsonl|svg|ipynb)\b")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    places = {place for place in PLACE.findall(page.read_text()) if "NAME" not in place}
    assert not {place for place in places if not (ROOT / place).exists()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert not {link for link in links if not (page.parent / link).exists()}
