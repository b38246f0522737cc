"""The anchors of a page's headings, as GitHub and the site make them."""

from __future__ import annotations

import itertools

from markdown_it import MarkdownIt
from myst_parser.slugs import github_slugify


def headings(text: str) -> list[str]:
    """The text of each heading, without its marks."""
    tokens = MarkdownIt("commonmark").parse(text)
    inline = [after for token, after in itertools.pairwise(tokens) if token.type == "heading_open"]
    return ["".join(part.content for part in token.children or []) for token in inline]


def slugs(text: str) -> list[str]:
    """The anchor of each heading; a second one of the same text is numbered."""
    found: list[str] = []
    for heading in headings(text):
        slug = github_slugify(heading)
        found.append(slug if slug not in found else f"{slug}-{found.count(slug)}")
    return found
