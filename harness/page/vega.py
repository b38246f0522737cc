"""A chart as a Vega-Lite specification: plain data, of the same rows, marks and axes as the drawing of the page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

from harness.page.axes import Axis
from harness.page.charts import Chart
from harness.page.charts.blocks import Blocks
from harness.page.charts.costs import Costs
from harness.page.charts.history import Steps
from harness.page.charts.latency import Latency
from harness.page.charts.ranking import Ranking
from harness.page.charts.time import Timeline

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
"""The name of the format; nothing is loaded from there."""
BEST, OTHER, PAIR = "#0b5cad", "#6b747d", "#d5dbe1"
ROW = 26
Spec = dict[str, Any]


def specification(chart: Chart, title: str, about: str) -> Spec:
    """The whole specification."""
    return {"$schema": SCHEMA, "title": {"text": title, "subtitle": about, "anchor": "start"}, **layers(chart)}


def _scale(axis: Axis) -> Spec:
    return {"type": "log" if axis.log else "linear", "domain": [axis.low, axis.high], "nice": False, "clamp": True}


def _names(names: Sequence[str]) -> Spec:
    return {"field": "name", "type": "nominal", "sort": list(names), "title": None}


BLUE: Spec = {"condition": {"test": "datum.best", "value": BEST}, "value": OTHER}


@singledispatch
def layers(chart: Chart) -> Spec:
    """Data, marks and axes."""
    raise TypeError(f"{type(chart).__name__} is no chart")


@layers.register
def _(chart: Ranking) -> Spec:
    lines = [*chart.rows, *([chart.control] if chart.control else [])]
    rows = [
        {
            "name": one.name,
            "estimate": one.estimate,
            "low": one.low,
            "high": one.high,
            "verdict": one.word,
            "time": one.told,
            "best": one.is_best,
        }
        for one in lines
        if one.estimate is not None
    ]
    if not rows:
        return _bars([{"name": one.name, "value": one.took or 0.0} for one in lines], chart.unit)
    across = {"type": "quantitative", "scale": _scale(chart.axis), "title": chart.against}
    band = {
        "data": {"values": [{"low": 1 / (1 + chart.margin), "high": 1 + chart.margin}]},
        "mark": {"type": "rect", "color": "#e3eefa"},
        "encoding": {"x": {"field": "low", **across}, "x2": {"field": "high"}},
    }
    bar = {
        "mark": {"type": "rule", "strokeWidth": 2.5, "clip": True},
        "encoding": {"x": {"field": "low", **across}, "x2": {"field": "high"}, "color": BLUE},
    }
    dot = {
        "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
        "encoding": {"x": {"field": "estimate", **across}, "color": BLUE},
    }
    return {
        "data": {"values": rows},
        "height": {"step": ROW},
        "width": 420,
        "encoding": {"y": _names([str(row["name"]) for row in rows])},
        "layer": [_without_rows(band), bar, dot],
    }


def _without_rows(layer: Spec) -> Spec:
    """A layer over the whole height."""
    layer["encoding"]["y"] = {"value": 0}
    layer["encoding"]["y2"] = {"value": "height"}
    return layer


def _bars(rows: list[Spec], what: str) -> Spec:
    return {
        "data": {"values": rows},
        "width": 420,
        "height": {"step": ROW},
        "mark": {"type": "bar", "color": OTHER},
        "encoding": {
            "y": _names([str(row["name"]) for row in rows]),
            "x": {
                "field": "value",
                "type": "quantitative",
                "title": what,
            },
        },
    }


@layers.register
def _(chart: Blocks) -> Spec:
    rows: list[Spec] = [
        {"name": line.name, "block": block + 1, "seconds": seconds, "best": line.best}
        for line in chart.lines
        if not line.off
        for block, seconds in sorted(line.blocks.items())
    ]
    names = [line.name for line in chart.lines]
    pair = {
        "mark": {"type": "line", "color": PAIR, "strokeWidth": 1},
        "encoding": {"detail": {"field": "block"}, "order": {"field": "place"}},
    }
    dot = {"mark": {"type": "point", "filled": True, "opacity": 0.8, "clip": True}, "encoding": {"color": BLUE}}
    for row in rows:
        row["place"] = names.index(row["name"])
    x = {"field": "seconds", "type": "quantitative", "scale": _scale(chart.axis), "title": f"{chart.what}, seconds"}
    return {
        "data": {"values": rows},
        "width": 420,
        "height": {"step": ROW},
        "encoding": {"y": _names(names), "x": x},
        "layer": [pair, dot],
    }


@layers.register
def _(chart: Latency) -> Spec:
    rows = [
        {
            "name": curve.name,
            "share": point.share,
            "across": chart.across(point.share),
            "seconds": point.seconds,
            "best": curve.best,
        }
        for curve in chart.curves
        for point in curve.points
    ]
    labels = {round(chart.across(share), 6): "max" if share >= 1 else f"{100 * share:.4g} %" for share in chart.shares}
    named = " : ".join(f"abs(datum.value - {at}) < 0.01 ? '{label}'" for at, label in labels.items())
    x = {
        "field": "across",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, 100]},
        "axis": {"values": list(labels), "labelExpr": f"{named} : ''"},
    }
    y = {"field": "seconds", "type": "quantitative", "scale": _scale(chart.axis), "title": "seconds"}
    return {
        "data": {"values": rows},
        "width": 420,
        "height": 240,
        "mark": {"type": "line", "point": True},
        "encoding": {"x": x, "y": y, "color": {"field": "name", "type": "nominal", "title": None}},
    }


@layers.register
def _(chart: Costs) -> Spec:
    rows = [{"name": one.name, "CPU, of a core": one.share, "memory, bytes": one.memory} for one in chart.rows]
    names = [one.name for one in chart.rows]
    sides = [
        {
            "mark": {"type": "bar", "color": OTHER},
            "width": 220,
            "height": {"step": ROW},
            "encoding": {"y": _names(names), "x": {"field": field, "type": "quantitative"}},
        }
        for field in ("CPU, of a core", "memory, bytes")
    ]
    return {"data": {"values": rows}, "hconcat": sides}


@layers.register
def _(chart: Timeline) -> Spec:
    tracks = [
        *([("machine", chart.machine)] if chart.machine else []),
        *((one.name, one.cells) for one in chart.tracks),
    ]
    rows = [
        {"name": name, "block": block + 1, "slower": cell.slower, "began": chart.began.get(block)}
        for name, cells in tracks
        for block, cell in sorted(cells.items())
    ]
    steps = {
        "type": "threshold",
        "domain": [0.05, 0.1, 0.25, 0.5],
        "range": ["#f1f3f5", "#fae6d3", "#f4c697", "#e0914a", "#a9520e"],
    }
    return {
        "data": {"values": rows},
        "width": 420,
        "height": {"step": 20},
        "mark": "rect",
        "encoding": {
            "y": _names([name for name, _ in tracks]),
            "x": {"field": "block", "type": "ordinal"},
            "color": {"field": "slower", "type": "quantitative", "scale": steps, "title": "slower than usual"},
        },
    }


@layers.register
def _(chart: Steps) -> Spec:
    rows = [
        {"place": place, "commit": one.name, "day": one.day, "ratio": one.ratio}
        for place, one in enumerate(chart.points)
    ]
    levels = [{"first": one.first, "last": one.last, "level": one.ratio} for one in chart.levels]
    y = {"type": "quantitative", "scale": _scale(chart.axis), "title": f"ratio to {chart.against}"}
    dots = {
        "data": {"values": rows},
        "mark": {"type": "point", "filled": True, "color": OTHER},
        "encoding": {"x": {"field": "place", "type": "quantitative", "title": "commit"}, "y": {"field": "ratio", **y}},
    }
    steps = {
        "data": {"values": levels},
        "mark": {"type": "rule", "color": BEST, "strokeWidth": 2},
        "encoding": {
            "x": {"field": "first", "type": "quantitative"},
            "x2": {"field": "last"},
            "y": {"field": "level", **y},
        },
    }
    return {"width": 480, "height": 200, "layer": [steps, dots]}
