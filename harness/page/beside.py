"""The page of two stored runs (`compare`), and that of a gate: a candidate against its base."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.document.beside import Beside, Both, Comparison
from harness.document.gate import Decision, Gate
from harness.document.names import named, sizes
from harness.page import axes, charts, first, runs, tables, words
from harness.page.about import about
from harness.page.charts import rows
from harness.page.charts.ranking import Ranking, Standing, axis
from harness.page.figures import behind, figure
from harness.page.frame import Page, fitted
from harness.page.markup import Element, Node, tag
from harness.page.source import Detail, Source, title
from harness.report.gate import growths
from harness.report.sentences import has_interval
from harness.report.verdict import sentence
from harness.statistics.metrics import known

OUTCOMES = {
    "pass": "Passed", "regression": "Regression", "undecided": "Undecided", "incomplete": "Incomplete", "new": "New",
}  # fmt: skip
SAID = {"slower": "slower", "faster": "faster", "same": "same", "undecided": "not told apart", "none": "no verdict"}


def compared(comparison: Comparison) -> str:
    """The HTML of two runs."""
    return fitted(lambda detail: _compared(comparison, detail))


def _compared(comparison: Comparison, detail: Detail) -> Page:
    every = [row for group in comparison.groups for row in group.rows]
    said = changed(every)
    about_both = (
        f"{comparison.then} and {comparison.now}: {len(every)} cells that both have. They were measured at different "
        "times, so verdicts come of how much runs differ by themselves."
    )
    top: list[Node] = [tag("h1", said, id="said"), tag("p", about_both, class_="more")]
    top += [tag("ul", *(tag("li", one) for one in comparison.remarks), class_="remarks")] if comparison.remarks else []
    figures = [_both(group, comparison) for group in comparison.groups]
    section = tag("section", *top, tag("div", *figures, class_="figs"), class_="first", aria_labelledby="said")
    return Page(said, [], [section])


def changed(every: Sequence[Beside]) -> str:
    """Two runs in a sentence."""
    parts = []
    for verdict in ("slower", "faster"):
        names = list(dict.fromkeys(row.name for row in every if row.verdict == verdict))
        if names:
            parts.append(f"{words.listed(names)} {'is' if len(names) == 1 else 'are'} {verdict} now")
    return f"{'; '.join(parts)}." if parts else "Nothing is shown to be slower or faster."


def _both(group: Both, comparison: Comparison) -> Element:
    found = [_beside(row, place) for place, row in enumerate(group.rows)]
    chart = Ranking(tuple(found), axis(found), comparison.margin, "now", "now / then", "before")
    about_it = f"{sizes(group.tasks, group.concurrency)}; below 1 is faster now."
    about_it += f" Ratios to {group.reference} in both." if group.reference else ""
    command = f"harness compare {comparison.then} {comparison.now}"
    parts: list[Node] = [tables.full(chart), behind("now and then", command)]
    if group.command:
        parts.append(tag("p", "This would tell: ", tag("code", group.command), class_="cmd"))
    reasons = dict.fromkeys(row.reason for row in group.rows if row.reason)
    parts.append(
        more([f"{words.listed([row.name for row in group.rows if row.reason == why])}: {why}" for why in reasons])
    )
    title = named(group.workload, group.options, group.shown)
    return figure(title, about_it, *parts, class_="wide", level="h2")


def _beside(row: Beside, place: int) -> Standing:
    between = row.interval or row.ratio
    then = f"then {words.seconds(row.then_seconds)}"
    basis = f", by {row.of} {'cells' if row.basis == 'cells' else 'runs'}" if row.basis else ""
    note = then + (basis if row.interval else "; bar: within these two")
    return Standing(
        row.name, place, SAID[row.verdict], words.seconds(row.now_seconds), row.now_seconds, between.estimate,
        between.low, between.high, note=note,
    )  # fmt: skip


def gated(gate: Gate, source: Source | None) -> str:
    """The HTML of a gate, with its run where there is a record of that."""
    if source is None:
        return fitted(lambda detail: _gated(gate, detail))
    places = rows.places([source.run])
    found = [charts.of_group(group, source.run, places) for group in source.run.groups]

    def made(detail: Detail) -> Page:
        page = _gated(gate, detail)
        groups = [runs.part(source, number, each, detail) for number, each in enumerate(found)]
        links = [(title(group, source.run.groups), f"g{number}") for number, group in enumerate(source.run.groups)]
        return Page(
            page.title, [*links, ("about", "about")], [*page.sections, *groups, about([source], detail)], places
        )

    return fitted(made)


def _gated(gate: Gate, detail: Detail) -> Page:
    said, _, evidence = verdict(gate).partition(" (")
    evidence = f"{evidence[:1].upper()}{evidence[1:].removesuffix('.').removesuffix(')')}." if evidence else ""
    blocks = f"Decided by {gate.blocks} of at most {gate.most} blocks." if gate.most else ""
    more_said = [evidence, blocks, *(f"{first.sentence(one)}." for one in gate.remarks), detail.left_out]
    top: list[Node] = [
        tag("p", f"gate · run {gate.run}", class_="meta"),
        tag("h1", said, id="said"),
        tag("p", " ".join(filter(None, more_said)), class_="more"),
    ]
    figures = [_metric(metric, gate) for metric in dict.fromkeys(one.metric for one in gate.cells)]
    section = tag("section", *top, tag("div", *figures, class_="figs"), class_="first", aria_labelledby="said")
    return Page(said, [], [section])


def verdict(gate: Gate) -> str:
    """A gate in a sentence, without the marks that comments have."""
    said = sentence(gate).replace("`", "")
    return f"{OUTCOMES[gate.outcome]}: {said}" if said else f"{OUTCOMES[gate.outcome]}."


def _metric(metric: str, gate: Gate) -> Element:
    cells = [one for one in gate.cells if one.metric == metric]
    found = [_decision(one, place) for place, one in enumerate(cells)]
    ends = [1 + one.limit for one in cells if one.limit < axes.OFF - 1]
    wide = axis(found)
    wide = axes.Axis(wide.low, max([wide.high, *ends]))
    chart = Ranking(tuple(found), wide, 0.0, "candidate", "candidate / base", "base and limit")
    about_it = "Paired within blocks; above 1 is worse. The dashed line is the limit that the interval is held to."
    return figure(
        f"By {metric}",
        about_it,
        tables.full(chart),
        behind("the gate", gate.command or "harness gate --help"),
        more(grown(cells)),
        class_="wide",
        level="h2",
    )


def grown(cells: Sequence[Decision]) -> list[str]:
    """Why there is no number, and which functions grew."""
    why = [f"{one.workload} {one.strategy}: {one.reason}" for one in cells if one.reason and one.comparison]
    return [*why, *growths(cells)]


def more(said: Sequence[str]) -> Element | None:
    """What a reader should know besides, as a list."""
    return tag("ul", *(tag("li", one) for one in said), class_="remarks") if said else None


def called(one: Decision) -> str:
    """A cell's name: its strategy first, since a long workload is cut."""
    return f"{one.strategy} on {one.workload.rpartition('/')[2]}"


def _decision(one: Decision, place: int) -> Standing:
    note = f"limit {words.share(one.limit)}"
    write = _units(one.metric)
    if one.candidate is None or one.comparison is None:
        return Standing(called(one), place, one.outcome, note=one.reason or "")
    base = "" if one.base is None else f"base {write(one.base)}; "
    ratio = one.comparison
    low, high = (ratio.low, ratio.high) if has_interval(ratio) else (None, None)
    return Standing(
        called(one), place, one.outcome, write(one.candidate), one.candidate,
        ratio.estimate, low, high, note=base + note, limit=1 + one.limit,
    )  # fmt: skip


def _units(metric: str) -> Callable[[float], str]:
    """How a metric's numbers are written."""
    found = known().get(metric)
    unit = found.unit if found else "count"
    return {"s": words.seconds, "bytes": words.size, "share": words.share}.get(unit, words.count)
