"""A page as a file: nothing in it can run, and nothing is loaded. Pure functions of what stands on it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple

from harness.page.charts.rows import Places
from harness.page.markup import Element, Node, html, tag
from harness.page.source import DETAILS, Detail
from harness.page.words import short

LARGEST = 500_000
"""Bytes of a page. Beyond it, it leaves things out."""
MOST_HIGHLIGHTS = 60
"""With more names there is no choice of one to highlight: each is a rule of the style."""


class Page(NamedTuple):
    """What is on a page: its title, the links at its top, its sections, the names that can be highlighted."""

    title: str
    links: Sequence[tuple[str, str]]
    sections: Sequence[Node]
    places: Places = MappingProxyType({})


def fitted(page: Callable[[Detail], Page]) -> str:
    """The page with as much as it has room for."""
    text = ""
    for detail in DETAILS:
        text = written(page(detail))
        if len(text.encode()) <= LARGEST:
            return text
    return text


def written(page: Page) -> str:
    """The page as HTML."""
    chosen = page.places if 1 < len(page.places) <= MOST_HIGHLIGHTS else {}
    style = files("harness.page").joinpath("style.css").read_text() + "".join(map(_highlight, chosen.values()))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        *_policy(style),
        tag("title", f"{page.title} · harness"),
        tag("style", style),
    )
    skip = tag("a", "Skip to the answer", class_="skip", href="#main")
    body = tag("body", skip, _header(page.links, chosen), tag("main", *page.sections, id="main"))
    return f"<!doctype html>\n{html(tag('html', head, body, lang='en'))}\n"


def _policy(style: str) -> Iterable[Element]:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    rules = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    yield tag("meta", http_equiv="Content-Security-Policy", content=rules)
    yield tag("meta", name="viewport", content="width=device-width,initial-scale=1")
    yield tag("meta", name="color-scheme", content="light dark")
    yield tag("meta", name="generator", content="harness")
    yield tag("link", rel="icon", href="data:,")  # else a browser asks the server for one


def _highlight(place: int) -> str:
    """What a reader's choice of one strategy does, without a script."""
    chosen = f'body:has(option[value="{place}"]:checked)'
    colours = "--dot:var(--ink);--slow:var(--ink);--soft:var(--ink)"
    return f"{chosen} .m:not(.s{place}){{opacity:.16}}{chosen} .s{place}{{{colours}}}\n"


def _header(links: Sequence[tuple[str, str]], places: Places) -> Element:
    ours = tag("a", tag("b", "harness"), href="#main")
    nav = tag("nav", ours, *(tag("a", short(said, 24), href=f"#{to}") for said, to in links), aria_label="Page")
    if not places:
        return tag("header", nav)
    options = [
        tag("option", "all alike", value=""),
        *(tag("option", name, value=str(one)) for name, one in places.items()),
    ]
    return tag("header", nav, tag("label", "highlight ", tag("select", *options, autocomplete="off")))
