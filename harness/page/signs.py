"""What the signs of a ranking mean."""

from __future__ import annotations

from harness.page import words
from harness.page.drawn.marks import circle, drawing, line
from harness.page.markup import Element, Node, tag


def key(margin: float) -> Element:
    """What the signs of a ranking mean."""
    signs = [
        _sign("fastest", "fastest or level"),
        _sign("slower", "slower"),
        _sign("not-told-apart", "not told apart"),
        tag("span", tag("i", class_="key band"), f"within {words.share(margin)}: as good as level"),
        tag("span", "→ off the scale"),
        tag("span", f"bars: 95{words.THIN}% intervals"),
    ]
    return tag("p", *signs, class_="marks")


def _sign(kind: str, said: str) -> Element:
    marks: list[Node] = [
        line(8, 8, 92, 8, f"bar {'level' if kind == 'fastest' else kind}"),
        circle(50, 8, 4, f"est {kind}"),
    ]
    return tag("span", tag("i", drawing(16, *marks), class_="sign"), said)
