"""Lines of a screen, none wider than it is: what is too long goes on under itself. Pure functions."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

import msgspec
from rich.console import Console, RenderableType
from rich.text import Text

from harness.text import printable

LABEL = 11
Document = TypeVar("Document", bound=msgspec.Struct)
_MEASURE = Console(file=io.StringIO(), width=80)


class Line(NamedTuple):
    """A line with its style, and where it goes on if it is too long."""

    text: Text
    indent: int = 0


def line(text: str = "", style: str = "") -> Line:
    """A line of one style."""
    return Line(Text(text, style))


def labelled(label: str, text: str) -> Line:
    """A text with a label to its left."""
    return Line(Text(f"  {label:<{LABEL}}") + Text(text), LABEL + 2)


def spread(left: str, right: str, width: int) -> Line:
    """A heading to the left, and a text to the right where there is room for both."""
    text = Text(left, "bold")
    if text.cell_len + len(right) + 2 > width:
        return Line(text + Text(f"; {right}", "not bold"))
    return Line(text + Text(right.rjust(width - text.cell_len), "dim"))


def rendered(lines: Iterable[Line], width: int, colour: bool = False) -> str:
    """The text of some lines, with the sequences that colour it if asked."""
    parts = [part for one in lines for part in _wrapped(one, width)]
    for part in parts:
        part.rstrip()
    return drawn(parts, width, colour).rstrip("\n")


def drawn(parts: Iterable[RenderableType], width: int, colour: bool = False) -> str:
    """What rich makes of some texts or tables, one below the other."""
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=colour, color_system="standard" if colour else None, highlight=False,
        legacy_windows=False, no_color=not colour,
    )  # fmt: skip
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, Text))
    return out.getvalue()


def _wrapped(line: Line, width: int) -> list[Text]:
    text, indent = line
    if text.cell_len <= width:
        return [text]
    first, rest = text[:indent], text[indent:]
    parts = rest.wrap(_MEASURE, width - indent, overflow="fold")
    return [first + parts[0], *(Text(" " * indent) + part for part in parts[1:])]


def escaped(document: Document, escape: Callable[[str], str] = printable) -> Document:
    """A document in whose texts nothing moves a terminal's cursor or changes its colours, or nothing is markup. A
    traceback keeps its lines."""
    return msgspec.convert(_escaped(msgspec.to_builtins(document), escape), type(document))


def _escaped(value: Any, escape: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, dict):
        return {
            escape(str(name)): printable(one, keep="\n\t") if name == "traceback" and one else _escaped(one, escape)
            for name, one in value.items()
        }
    return [_escaped(one, escape) for one in value] if isinstance(value, list) else value
