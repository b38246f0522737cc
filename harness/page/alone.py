"""A chart as a file of its own, for documents and slides: SVG with its names and numbers, in the light colours."""

from __future__ import annotations

import re
from functools import singledispatch
from importlib.resources import files
from typing import NamedTuple

from harness.page import tables, words
from harness.page.charts import Chart
from harness.page.charts.blocks import Blocks
from harness.page.charts.costs import Costs
from harness.page.charts.history import Steps
from harness.page.charts.latency import Latency
from harness.page.charts.ranking import Ranking, Standing
from harness.page.charts.time import Timeline
from harness.page.drawn import blocks as blocks_drawn
from harness.page.drawn import costs as bars
from harness.page.drawn import history as history_drawn
from harness.page.drawn import latency as latency_drawn
from harness.page.drawn import ranking as ranking_drawn
from harness.page.drawn import time as time_drawn
from harness.page.markup import Element, Node, number, tag, xml

WIDTH, LEFT, TOP, PAD = 760.0, 150.0, 56.0, 20.0
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
CELLS = 18
"""Of a name to the left of its row."""
OWN = f"""svg{{font:12px {FONT};font-variant-numeric:tabular-nums}}
.title{{font-size:15px;font-weight:700;fill:#1b1f24}}.ink{{fill:#1b1f24}}.tip{{visibility:hidden}}
"""


class Drawn(NamedTuple):
    """What is below the title, and how high that is."""

    height: float
    parts: list[Node]


def svg(chart: Chart, title: str, about: str) -> str:
    """A file."""
    body = drawn(chart)
    height = number(TOP + body.height + PAD)
    heading: list[Node] = [
        tag("text", title, x=number(PAD), y="24", class_="title"),
        tag("text", about, x=number(PAD), y="42"),
    ]
    ground = tag("rect", width="100%", height="100%", fill="#fff")
    moved = tag("g", *body.parts, transform=f"translate(0 {number(TOP)})")
    size = {"width": number(WIDTH), "height": height, "viewBox": f"0 0 {number(WIDTH)} {height}"}
    page = tag(
        "svg",
        tag("title", title),
        tag("style", style()),
        ground,
        *heading,
        moved,
        xmlns="http://www.w3.org/2000/svg",
        role="img",
        **size,
    )
    return f"{xml(page)}\n"


def style() -> str:
    """The rules of the page that are for charts, with the light colours in the place of their names."""
    text = files("harness.page").joinpath("style.css").read_text()
    colours = dict(re.findall(r"--([\w-]+):(#\w+)", text.split("@media", 1)[0]))
    rules = text.split("@media screen", 1)[0].splitlines()
    kept = [rule for rule in rules if rule.startswith(CHART)]
    return OWN + re.sub(r"var\(--([\w-]+)\)", lambda found: colours[found[1]], "\n".join(kept))


CHART = (
    "svg text",
    ".gl",
    ".band",
    ".one",
    ".raw",
    ".bar",
    ".est",
    ".cut",
    ".pair{",
    ".pt circle{fill",
    ".best .pt circle",
    ".med",
    ".curve .c{",
    ".curve circle.c",
    ".curve line.c",
    ".curve .leader",
    ".curve.best",
    ".h0",
    ".h1",
    ".h2",
    ".h3",
    ".h4",
    ".own",
    ".kernel",
    ".mem",
    ".dots",
    ".best .dots",
    ".limit",
    ".lev",
    ".jump",
    ".by",
    ".hist",
    ".spark",
)


def _box(left: float, top: float, width: float, element: Element) -> Element:
    """A drawing of the page in a place of its own."""
    attributes = element.attributes | {"x": number(left), "y": number(top), "width": number(width)}
    kept = {name: value for name, value in attributes.items() if not name.startswith("aria")}
    return Element("svg", kept | {"overflow": "visible"}, element.children)


def _without_tips(element: Element) -> Element:
    """A drawing without its texts on hover, whose dots are circles: stretched paths are no dots in every program."""
    kept = [one for one in element.children if not (isinstance(one, Element) and one.attributes.get("class") == "tip")]
    return element._replace(children=tuple(_without_tips(one) if isinstance(one, Element) else one for one in kept))


def _name(name: str, y: float) -> Element:
    return tag("text", words.short(name, CELLS), x=number(PAD), y=number(y), class_="ink")


def _cell(said: str, x: float, y: float) -> Element:
    return tag("text", said, x=number(x), y=number(y), text_anchor="end")


@singledispatch
def drawn(chart: Chart) -> Drawn:
    """A chart with the names of its rows."""
    raise TypeError(f"{type(chart).__name__} is no chart")


@drawn.register
def _(chart: Ranking) -> Drawn:
    height, plot = tables.SMALL, WIDTH - LEFT - 330
    parts: list[Node] = [_box(LEFT, 0, plot, ranking_drawn.axis(chart, plot)) if chart.compares else None]
    heads = ((chart.unit, LEFT + plot + 80), (chart.against if chart.compares else "", LEFT + plot + 150))
    parts += [_cell(said, x, 14) for said, x in heads if said]
    lines = [*chart.rows, *([chart.control] if chart.control else [])]
    for place, one in enumerate(lines):
        parts += _standing(one, chart, ranking_drawn.AXIS + height * place, plot)
    return Drawn(ranking_drawn.AXIS + height * len(lines), parts)


def _standing(one: Standing, chart: Ranking, y: float, plot: float) -> list[Node]:
    text = y + 16
    said: list[Node] = [_name(one.name, text)]
    if chart.compares and (one.told or one.estimate is not None):
        said.append(_box(LEFT, y, plot, ranking_drawn.row(one, chart, tables.SMALL)))
        said.append(_cell(words.times(one.estimate) if one.estimate else "–", LEFT + plot + 150, text))
        said.append(_cell(tables.interval(one), LEFT + plot + 240, text))
    said.append(_cell(one.told, LEFT + plot + 80, text))
    said.append(tag("text", one.word, x=number(LEFT + plot + 250), y=number(text), class_="ink"))
    return said


@drawn.register
def _(chart: Blocks) -> Drawn:
    return _beside([(line.name, 0.0) for line in chart.lines], 26, _without_tips(blocks_drawn.blocks(chart, tips=True)))


@drawn.register
def _(chart: Timeline) -> Drawn:
    machine = [("machine", 0.0)] if chart.machine else []
    gap = time_drawn.GAP if chart.machine else 0.0
    lines = [*machine, *((track.name, gap) for track in chart.tracks)]
    return _beside(lines, time_drawn.ROW, time_drawn.timeline(chart, tips=False))


def _beside(lines: list[tuple[str, float]], row: float, element: Element) -> Drawn:
    names: list[Node] = [_name(name, row * place + row / 2 + 4 + gap) for place, (name, gap) in enumerate(lines)]
    return Drawn(float(element.attributes["height"]), [*names, _box(LEFT, 0, WIDTH - LEFT - PAD, element)])


@drawn.register
def _(chart: Latency) -> Drawn:
    element = latency_drawn.latency(chart, 260)
    return Drawn(float(element.attributes["height"]), [_box(80, 0, WIDTH - 80 - 150, element)])


@drawn.register
def _(chart: Steps) -> Drawn:
    element = history_drawn.steps(chart, tips=False)
    return Drawn(float(element.attributes["height"]), [_box(80, 8, WIDTH - 80 - PAD, element)])


@drawn.register
def _(chart: Costs) -> Drawn:
    wide, second = 170.0, LEFT + 320
    parts: list[Node] = [
        tag("text", "CPU, of a core", x=number(LEFT), y="14"),
        tag("text", "memory", x=number(second), y="14"),
    ]
    for place, one in enumerate(chart.rows):
        y = 24 + 24 * place
        parts += [_name(one.name, y + 16), _cell(words.share(one.share), LEFT + 50, y + 16)]
        parts += [
            _box(LEFT + 60, y, wide, bars.processor(one, chart)),
            _cell(words.size(one.memory), second + 70, y + 16),
        ]
        parts.append(_box(second + 80, y, wide, bars.memory(one, chart)))
    return Drawn(24 + 24 * len(chart.rows), parts)
