"""The charts of a run as files: SVG, PNG, or Vega-Lite."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import NamedTuple

from harness.document.run import Run
from harness.errors import HarnessError
from harness.page import alone, charts, vega
from harness.page.charts import KINDS, Chart, rows
from harness.page.source import described, title
from harness.page.words import slug

HEADINGS = {
    "ranking": "time against the fastest", "blocks": "every block", "latency": "latency",
    "costs": "CPU and memory", "time": "blocks in time",
}  # fmt: skip
SCALE = 2.0
"""Pixels of a PNG for each of the SVG's."""


class Named(NamedTuple):
    """A chart, the name of its file without a suffix, and what stands above it."""

    name: str
    chart: Chart
    title: str
    about: str


def of_run(run: Run, wanted: str | None = None) -> list[Named]:
    """The charts of a run: all, those of one kind, or the one of a name. Raises HarnessError where there is none."""
    every = list(_every(run))
    found = [one for one in every if wanted in (None, one.name, one.name.rpartition("-")[2])]
    if not found and wanted:
        names = ", ".join([*KINDS, *(one.name for one in every)])
        raise HarnessError(f"--chart {wanted}: {run.run} has {names}")
    if not found:
        raise HarnessError(f"{run.run} has no chart: none of its cells has numbers")
    return found


def _every(run: Run) -> Iterator[Named]:
    places = rows.places([run])
    taken: set[str] = set()
    for group in run.groups:
        called = title(group, run.groups)
        start = slug(called)
        start = start if start not in taken else f"{start}.{len(taken)}"
        taken.add(start)
        for kind, chart in charts.of_group(group, run, places).named():
            yield Named(f"{start}-{kind}", chart, f"{called}: {HEADINGS[kind]}", described(group))


def svg(one: Named) -> bytes:
    """A drawing."""
    return alone.svg(one.chart, one.title, one.about).encode()


def png(one: Named) -> bytes:
    """The same in pixels. Raises HarnessError where the extra is not installed that makes them."""
    try:
        converter = import_module("vl_convert")
    except ImportError:
        raise HarnessError("--to png needs vl-convert-python: pip install 'concurrency-harness[charts]'") from None
    made: bytes = converter.svg_to_png(svg(one).decode(), scale=SCALE)
    return made


def vega_lite(one: Named) -> bytes:
    """A specification, as JSON."""
    return f"{json.dumps(vega.specification(one.chart, one.title, one.about), indent=1)}\n".encode()


FORMATS: dict[str, tuple[str, Callable[[Named], bytes]]] = {
    "svg": (".svg", svg),
    "png": (".png", png),
    "vega": (".vl.json", vega_lite),
}
"""The suffix of a file of each, and what writes it."""
