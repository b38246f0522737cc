"""What is in each chart of the page: rows, marks and axes as plain data, made of the document of a run. How it looks is
elsewhere: as SVG in `drawn`, as Vega-Lite in `vega`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from harness.document.run import Group, Run
from harness.page.charts.blocks import Blocks, blocks
from harness.page.charts.costs import Costs, costs
from harness.page.charts.history import Steps as Steps
from harness.page.charts.latency import Latency, latency
from harness.page.charts.ranking import Ranking, ranking
from harness.page.charts.rows import Places
from harness.page.charts.time import Timeline, timeline

Chart = Ranking | Blocks | Latency | Costs | Timeline | Steps
KINDS = ("ranking", "blocks", "latency", "costs", "time")


class Charts(NamedTuple):
    """Those of a group; None where a run has nothing for one."""

    ranking: Ranking
    blocks: Blocks | None
    latency: Latency | None
    costs: Costs | None
    time: Timeline | None

    def named(self) -> Iterator[tuple[str, Chart]]:
        """Each that is there, by the name of its kind."""
        for kind, chart in zip(KINDS, self, strict=True):
            if chart is not None:
                yield kind, chart


def of_group(group: Group, run: Run, places: Places) -> Charts:
    """The charts of a group of a run."""
    return Charts(
        ranking(group, places), blocks(group, places), latency(group, places), costs(group, places),
        timeline(group, run, places),
    )  # fmt: skip
