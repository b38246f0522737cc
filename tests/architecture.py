"""Draws which room imports which: `python -m tests.architecture FILE [REVISION]`.

A room is a folder or a module right below `harness/`, or `strategies/`, or `workloads/`. Each stands on the floor above
the highest of those that it imports. An arrow that another way through the rooms implies is pale."""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PACKAGES = ("harness", "strategies", "workloads")
WIDTH, ROW, BOX, HIGH, CHARACTER = 1100, 88, 28, 30, 7.4
HEAD = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {{height}}" \
font-family="ui-monospace, monospace" font-size="12">
<style>
.pale {{{{ stroke: #c9d1d9 }}}} .way {{{{ stroke: #4a6fa5; stroke-width: 1.4 }}}} path {{{{ fill: none }}}}
rect {{{{ fill: #f6f8fa; stroke: #57606a }}}} text {{{{ text-anchor: middle; fill: #1f2328 }}}}
</style>
<defs><marker id="end" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="6" markerHeight="6" orient="auto">\
<path d="M0 0 6 3 0 6z" style="fill: #4a6fa5"/></marker></defs>
<rect width="{WIDTH}" height="{{height}}" style="fill: white; stroke: none"/>
"""


class Tree(NamedTuple):
    """The rooms of a tree, and whom each imports."""

    arrows: dict[str, set[str]]

    def reached(self, room: str) -> set[str]:
        """All that a room imports, through however many others."""
        return set().union(*({below} | self.reached(below) for below in self.arrows[room]))

    def floors(self) -> list[list[str]]:
        """The rooms by floor, the lowest first, each by its name. Raises RecursionError where they go in circles."""
        height = {room: self._height(room) for room in sorted(self.arrows)}
        return [[room for room in height if height[room] == floor] for floor in range(max(height.values()) + 1)]

    def _height(self, room: str) -> int:
        return 1 + max((self._height(below) for below in self.arrows[room]), default=-1)


def here() -> Iterator[tuple[str, str]]:
    """The Python files of the working tree: place and text."""
    for path in sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        yield str(path.relative_to(ROOT)), path.read_text()


def revision(name: str) -> Iterator[tuple[str, str]]:
    """Those of a commit."""
    packed = subprocess.run(["git", "archive", name, *PACKAGES], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            if member.name.endswith(".py") and (file := archive.extractfile(member)):
                yield member.name, file.read().decode()


def room_of(dotted: str) -> str:
    """The room of a module, or "" where it is none of ours."""
    first, _, _ = dotted.removeprefix("harness.").partition(".")
    return first if dotted.startswith("harness.") or first in PACKAGES[1:] else ""


def imported(text: str) -> set[str]:
    """The rooms that a file imports, at whatever depth."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {room_of(alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "harness":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(room_of(node.module))
    return found


def read(files: Iterator[tuple[str, str]]) -> Tree:
    """Find the rooms of files."""
    arrows: dict[str, set[str]] = defaultdict(set)
    for place, text in files:
        room = room_of(place.removesuffix(".py").replace("/", "."))
        if room and not room.startswith("__"):
            arrows[room] |= imported(text)
    return Tree({room: (found & set(arrows)) - {room} for room, found in arrows.items()})


def places(tree: Tree) -> dict[str, tuple[float, float]]:
    """The middle of each room's box: on its floor, in the order of what they are connected with."""
    floors = tree.floors()
    found: dict[str, tuple[float, float]] = {}
    for floor, rooms in enumerate(floors):
        y = (len(floors) - 1 - floor) * ROW + HIGH

        def middle(room: str) -> tuple[float, str]:
            below = [found[other][0] for other in tree.arrows[room] if other in found]
            return (sum(below) / len(below) if below else WIDTH / 2, room)

        for index, room in enumerate(sorted(rooms, key=middle)):
            found[room] = ((index + 0.5) * WIDTH / len(rooms), y)
    return found


def arrow(start: tuple[float, float], end: tuple[float, float], style: str) -> str:
    """A curve from below one box to above another."""
    (x1, y1), (x2, y2) = (start[0], start[1] + BOX / 2), (end[0], end[1] - BOX / 2 - 1)
    bend = (y2 - y1) / 2
    return (
        f'<path class="{style}" marker-end="url(#end)" '
        f'd="M{x1:.0f} {y1:.0f}C{x1:.0f} {y1 + bend:.0f} {x2:.0f} {y2 - bend:.0f} {x2:.0f} {y2:.0f}"/>'
    )


def box(room: str, x: float, y: float) -> str:
    """A room, with its name."""
    wide = max(10, len(room) + 2) * CHARACTER
    return (
        f'<rect x="{x - wide / 2:.0f}" y="{y - BOX / 2:.0f}" width="{wide:.0f}" height="{BOX}" rx="4"/>'
        f'<text x="{x:.0f}" y="{y + 4:.0f}">{room}</text>'
    )


def drawn(tree: Tree) -> str:
    """The picture, as SVG."""
    at = places(tree)
    ways = sorted((room, below) for room in tree.arrows for below in tree.arrows[room])
    implied = {
        (room, below): any(below in tree.reached(other) for other in tree.arrows[room] - {below})
        for room, below in ways
    }
    pale = [arrow(at[room], at[below], "pale") for room, below in ways if implied[room, below]]
    dark = [arrow(at[room], at[below], "way") for room, below in ways if not implied[room, below]]
    boxes = [box(room, *at[room]) for room in sorted(at)]
    return HEAD.format(height=len(tree.floors()) * ROW) + "\n".join([*pale, *dark, *boxes, "</svg>", ""])


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(drawn(read(revision(sys.argv[2]) if sys.argv[2:] else here())))
