"""Elements of HTML and SVG, and how they are written. Every text is escaped as it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from harness.text import marked_up

VOID = {"meta", "link", "br", "hr"}
SHAPES = {"rect", "line", "circle", "path"}
PLAIN = re.compile(r"[\w.,:;%#+/-]*[\w.,:;%#+-]", re.ASCII)
"""What an attribute may hold without quotes in HTML; a slash at its end could close the element."""


class Element(NamedTuple):
    """An element; what is a `str` within it is a text. That of a <style> is written as it is."""

    name: str
    attributes: dict[str, Any]
    children: tuple[Node, ...]


Node = Element | str | None


def tag(name: str, /, *children: Node, **attributes: Any) -> Element:
    """An element. `class_` is class, `_` is `-`; True is a bare attribute, None and False are none."""
    named = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    return Element(name, {key: value for key, value in named.items() if value not in (None, False)}, children)


def html(*nodes: Node) -> str:
    """As HTML: quotes only where they are needed, which makes a page a sixth smaller."""
    return "".join(part for node in nodes for part in _written(node, xml=False))


def xml(*nodes: Node) -> str:
    """As XML, for a file of its own."""
    return "".join(part for node in nodes for part in _written(node, xml=True))


def _written(node: Node, xml: bool) -> Iterator[str]:
    if node is None:
        return
    if isinstance(node, str):
        yield _text(node)
        return
    attributes = "".join(_attribute(name, value, xml) for name, value in node.attributes.items())
    if node.name in SHAPES and not node.children:
        yield f"<{node.name}{attributes}{'' if xml else ' '}/>"
        return
    yield f"<{node.name}{attributes}>"
    if node.name in VOID:
        return
    for child in node.children:
        if node.name == "style" and isinstance(child, str):
            yield child
        else:
            yield from _written(child, xml)
    yield f"</{node.name}>"


def _text(text: str) -> str:
    return marked_up(text)


def _attribute(name: str, value: Any, xml: bool) -> str:
    if value is True:
        return f' {name}=""' if xml else f" {name}"
    text = number(value) if isinstance(value, float) else str(value)
    if not xml and PLAIN.fullmatch(text):
        return f" {name}={text}"
    return f' {name}="{marked_up(text, quote=True)}"'


def number(value: float) -> str:
    """Four digits at most, as short as can be."""
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"


def percent(value: float) -> str:
    """A place along a chart, from 0 to 100."""
    return f"{number(round(value, 2))}%"
