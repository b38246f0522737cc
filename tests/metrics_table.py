"""The table in docs/metrics.md, made from the declarations: `python -m tests.metrics_table` writes it."""

from __future__ import annotations

from tabulate import tabulate

from harness.statistics.metric import Metric
from harness.statistics.metrics import BUILT_IN
from tests.builders import ROOT

PAGE = ROOT / "docs" / "metrics.md"
BEGIN, END = "<!-- made by `python -m tests.metrics_table` -->\n\n", "\n\n<!-- end -->"
HEADINGS = ("metric", "unit", "what it is", "better", "limit of a gate", "in the JSON", "of")
ROWS = {None: "every row", False: "clients", True: "servers"}


def line(metric: Metric) -> list[str]:
    limit = "" if metric.limit is None else f"{metric.limit:.1%}"
    place = f"`{metric.place}`" if metric.place else ""
    return [f"`{metric.name}`", metric.unit, metric.about, metric.better, limit, place, ROWS[metric.serves]]


def table() -> str:
    return tabulate([line(one) for one in BUILT_IN], HEADINGS, tablefmt="github", disable_numparse=True)


def page(before: str) -> str:
    """The page with its table as it should be."""
    head, _, rest = before.partition(BEGIN)
    return f"{head}{BEGIN}{table()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
