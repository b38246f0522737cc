"""A run as a notebook shows it: the rankings of the page, with the rules of their charts in the light colours."""

from __future__ import annotations

from harness.document.run import Run
from harness.page import alone, charts, tables
from harness.page.charts import rows
from harness.page.markup import Element, html, tag
from harness.page.source import described, title
from harness.report.sentences import headline, of_group

TABLES = """
.harness-run table{border-collapse:collapse;font-variant-numeric:tabular-nums}
.harness-run td,.harness-run th{padding:0 0 0 12px;text-align:right;font-weight:400;white-space:nowrap;border:0}
.harness-run .l,.harness-run .name,.harness-run .w,.harness-run .lim,.harness-run .why{text-align:left}
.harness-run .plot{width:260px;line-height:0}.harness-run .vh{display:none}.harness-run .top{font-weight:600}
"""


def shown(run: Run) -> str:
    """Its HTML."""
    places = rows.places([run])
    parts: list[Element] = [tag("style", _scoped() + TABLES), tag("p", tag("b", headline(run)[0]))]
    for group in run.groups:
        ranking = charts.of_group(group, run, places).ranking
        about = tag("p", tag("b", title(group, run.groups)), f" {described(group)}")
        parts += [about, tables.full(ranking), tag("p", of_group(group))]
    parts.append(tag("p", "run ", tag("code", run.run)))
    return html(tag("div", *parts, class_="harness-run"))


def _scoped() -> str:
    """The rules of charts, for what is in this run's element alone."""
    found = []
    for line in alone.style().removeprefix(alone.OWN).splitlines():
        selectors, _, rules = line.partition("{")
        scoped = ",".join(f".harness-run {one}" for one in selectors.split(","))
        found.append(f"{scoped}{{{rules}")
    return "\n".join(found)
