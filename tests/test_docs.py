"""What the pages name is there: files, links, anchors; and the site of them loads nothing from elsewhere."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from rich.text import Text

from harness import strategies, workloads
from tests import decisions, readme
from tests.anchors import slugs
from tests.builders import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
PLACE = re.compile(r"\b(?:harness|strategies|workloads|tests|docs)/[\w/]+\.(?:py|md|json|jsonl|svg|ipynb)\b")
LINK = re.compile(r"\]\(([^()#:\s]*)(?:#([^()\s]*))?\)")
LOADED = re.compile(r"<(?:script|img|iframe|source|video|audio|embed|object|use|image|link)\b[^>]*>", re.I)
ELSEWHERE = re.compile(
    r"""(?:src|srcset|data|href)\s*=\s*["']?(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import""", re.I
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    places = {place for place in PLACE.findall(page.read_text()) if "NAME" not in place}
    assert not {place for place in places if not (ROOT / place).exists()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_a_file_and_to_a_heading_of_it(page: Path) -> None:
    links = [(page.parent / to if to else page, anchor) for to, anchor in LINK.findall(page.read_text())]
    assert [to for to, _ in links if not to.exists()] == []
    assert [(to.name, anchor) for to, anchor in links if anchor and anchor not in anchors(to)] == []


@cache
def anchors(page: Path) -> list[str]:
    return slugs(page.read_text())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a](b.md)", [("b.md", "")]),
        ("[a](b.md#c-d)", [("b.md", "c-d")]),
        ("[a](#c)", [("", "c")]),
        ("[a](https://b)", []),
    ],
)
def test_what_is_a_link_within_the_pages(text: str, found: list[tuple[str, str]]) -> None:
    assert LINK.findall(text) == found


def test_every_page_is_in_the_index_of_the_site() -> None:
    index = (ROOT / "docs" / "index.md").read_text().split()
    assert {page.stem for page in (ROOT / "docs").glob("*.md")} - {"index"} - set(index) == set()


def test_the_index_of_decisions_is_up_to_date() -> None:
    text = decisions.PAGE.read_text()
    assert decisions.page(text) == text, "python -m tests.decisions makes it"


def test_the_readme_fits_its_first_screens() -> None:
    lines = readme.PAGE.read_text().splitlines()
    assert len(lines) <= 150
    assert [line for line in lines if len(line) > 100] == []


def test_the_example_of_the_readme_is_what_its_record_shows() -> None:
    shown, text = Text.from_ansi(readme.screen()), readme.PAGE.read_text()
    assert readme.page(text, shown) == text, "python -m tests.readme writes it"
    assert readme.PICTURE.read_text() == readme.picture(shown)
    assert not ELSEWHERE.search(readme.PICTURE.read_text())


def test_the_site_is_built_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    pytest.importorskip("sphinx", reason="needs Sphinx: the extra `docs`")
    site = tmp_path / "html"
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", "--doctree-dir",
         str(tmp_path / "trees"), str(ROOT / "docs"), str(site)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert (built.returncode, built.stderr) == (0, "")
    loads = [load for page in site.rglob("*.html") for load in LOADED.findall(page.read_text())]
    assert len(loads) > 100
    assert [load for load in loads if ELSEWHERE.search(load)] == []
    styles = [file for kind in ("css", "svg") for file in site.rglob(f"*.{kind}")]
    assert [file.name for file in styles if ELSEWHERE.search(file.read_text())] == []
    commands, schema = (site / "commands.html").read_text(), (site / "schema.html").read_text()
    for command, option in [("run", "allow-failures"), ("gate", "shard"), ("show", "pairs"), ("serve", "port")]:
        assert f'id="cmdoption-harness-{command}-{option}"' in commands
    assert '<span class="pre">wall_seconds</span>' in schema


@pytest.mark.parametrize("file", sorted((ROOT / "docs").glob("schema-1*.json")), ids=lambda file: file.stem)
def test_every_field_of_the_json_is_in_the_site(file: Path) -> None:
    pytest.importorskip("sphinx", reason="needs Sphinx: the extra `docs`")
    schema = json.loads(file.read_text())
    text = "\n".join(runpy.run_path(str(ROOT / "docs" / "schema_pages.py"))["page"](schema, file.stem))
    fields = {field for one in schema["$defs"].values() for field in one.get("properties", {})}
    assert fields
    assert {field for field in fields if f"| `{field}` |" not in text} == set()
    assert set(re.findall(r"\]\(#(.+?)\)", text)) <= set(re.findall(r"^\((.+?)\)=$", text, re.M))


@pytest.mark.parametrize(
    "load", ['<script src="https://a/b.js">', "<img src=//a/b.png>", '<link href="http://a/c.css">']
)
def test_what_is_loaded_from_elsewhere_is_seen(load: str) -> None:
    assert ELSEWHERE.search(LOADED.findall(load)[0])


@pytest.mark.parametrize(
    ("page", "names"), [("strategies.md", strategies.BUILT_IN), ("workloads.md", workloads.BUILT_IN)]
)
def test_all_that_is_built_in_has_its_row(page: str, names: dict[str, str]) -> None:
    rows = re.findall(r"^\| `([\w-]+)` \|", (ROOT / "docs" / page).read_text(), re.M)
    assert rows == list(names)
