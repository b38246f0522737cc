"""The index of docs/decisions.md: `python -m tests.decisions` makes a heading of each decision, and the index."""

from __future__ import annotations

import re

from tests.anchors import slugs
from tests.builders import ROOT

PAGE = ROOT / "docs" / "decisions.md"
BEGIN, END = "<!-- made by `python -m tests.decisions` -->\n\n", "\n\n<!-- end -->"
WRITTEN = re.compile(r"^\*\*(\d{4}-\d\d-\d\d)\. (.+?)\*\*\s*", re.M | re.S)
"""How a decision is added: a paragraph that begins with its date and its sentence, or the beginning of it."""
HEADING = re.compile(r"^## (\d{4}-\d\d-\d\d): (.+)$", re.M)


def headed(text: str) -> str:
    """The page with a heading for each decision."""
    return WRITTEN.sub(lambda found: heading(found[1], " ".join(found[2].split())), text)


def heading(date: str, said: str) -> str:
    """A sentence that goes on after its heading is repeated there."""
    return f"## {date}: {said.rstrip('.,:;')}\n\n" + ("" if said.endswith(".") else f"{said} ")


def index(text: str) -> str:
    """A line for each decision, under its day."""
    found = [(date, title, slug) for (date, title), slug in zip(HEADING.findall(text), slugs(text), strict=True)]
    lines: list[str] = []
    for day in sorted({date for date, _, _ in found}):
        lines += [f"**{day}**", "", *(f"- [{title}](#{slug})" for date, title, slug in found if date == day), ""]
    return "\n".join(lines).strip()


def page(before: str) -> str:
    head, _, rest = headed(before).partition(BEGIN)
    rest = rest.partition(END)[2]
    return f"{head}{BEGIN}{index(rest)}{END}{rest}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
