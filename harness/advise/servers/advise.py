"""Says which strategy a server should use, from how many processes, and for how many connections."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness import api
from harness.advise.servers.answer import answer
from harness.advise.servers.choose import LADDER, Grid, up_to
from harness.advise.servers.search import FIRST_CELL, Search
from harness.errors import HarnessError, IncompleteError
from harness.machine.limits import excesses, here
from harness.measure.processes import Processes
from harness.plan.chosen import UnknownOptionError
from harness.plan.objects import settings
from harness.plan.usual import USUAL_SLO
from harness.process import paths

if TYPE_CHECKING:
    from harness.advise.document import Advice
    from harness.measure.run import Measuring
    from harness.measure.standing import Sink
    from harness.record.plan import Plan, PlannedGroup, PlannedStrategy

TRIAL_SECONDS = 0.2
"""Of each rate that is tried."""
SILENCE = 1.0
"""Seconds for which a server may say nothing, or keep connections open that their clients have closed (rloop does)."""
MOST_BLOCKS = 12
LONGEST = 1.0
"""Seconds after the last request of a trial for which its answers are waited for."""
WHAT = "advise --servers needs what is served: -W echo, -W http, or a Serving of your own (docs/servers.md)"
ONE = "advise --servers takes one workload, with one value of each option but processes, and no variants"
Groups = dict[tuple[int, int], "PlannedGroup"]


def advice(
    workload: api.Named | Sequence[api.Named] | None, strategies: api.Named | Sequence[api.Named], options: api.Options,
    concurrency: int | None, slo: float | None, max_time: float, results: str | Path | None, wait: bool | float,
    tell: api.Tell | None,
) -> Advice:  # fmt: skip
    """Which strategy serves the most requests a second while p99 stays under `slo` (seconds), from how many processes
    and for how many connections. Raises HarnessError for all that the caller can mend, IncompleteError where
    `max_time` (seconds) holds no look at each."""
    if workload is None:
        raise HarnessError(WHAT)
    if slo is not None and slo > LONGEST:
        raise HarnessError(f"--slo {slo:g}s: answers are waited for {LONGEST:g} s at most: write less, such as 10ms")
    ladder = LADDER if concurrency is None else (concurrency,)
    texts = of_servers(settings(options), len(os.sched_getaffinity(0)))
    how = {"concurrency": Grid((1,), ladder).start[1], "slo": USUAL_SLO if slo is None else slo, "max_time": max_time}
    with api.asked(
        workload, strategies, texts, **how, find_capacity=True, pin="none", blocks=MOST_BLOCKS, silence=SILENCE
    ) as request:  # fmt: skip
        try:
            with api.planned(request, wait, tell, api.folder(results)) as made:
                return searched(made, ladder, results, tell)
        except UnknownOptionError as wrong:
            if wrong.option == "side":
                raise HarnessError(f"{request.workloads[0]} cannot serve: {WHAT}") from None
            raise


def of_servers(options: Sequence[str], cores: int) -> list[str]:
    """The options of a server, of those that somebody gave. Raises HarnessError for one that is none."""
    given = {text.partition("=")[0]: text for text in options}
    if given.get("side", "side=server") != "side=server":
        raise HarnessError(f"advise --servers is of servers: leave -P {given['side']} out")
    if "rate" in given:
        raise HarnessError(f"advise --servers searches the rate: leave -P {given['rate']} out")
    usual = {"side": "server", "seconds": TRIAL_SECONDS, "processes": ",".join(map(str, up_to(cores)))}
    return [*(f"{name}={value}" for name, value in usual.items() if name not in given), *options]


def searched(made: Plan, ladder: Sequence[int], results: str | Path | None, tell: api.Tell | None) -> Advice:
    """The answer of a search along what a plan has of processes, and along a ladder of connections."""
    plan, absent = able(made)
    by_processes = {group.processes: group for group in made.groups}
    grid = Grid(sorted(by_processes), ladder)
    groups = {(p, c): at(group, c) for p, group in by_processes.items() for c in ladder}
    refused = dict(beyond(plan, groups))
    grid = Grid(grid.processes, [c for c in ladder if all((p, c) not in refused for p in grid.processes)])
    plan = msgspec.structs.replace(plan, groups=[groups[grid.start]])

    def search(sink: Sink) -> Measuring:
        return Search(plan, sink, tell or api.silent, Processes(plan, paths.of_asker()), grid, groups)

    record = api.recorded(plan, search, results)
    return answer(record, grid, absent, list(dict.fromkeys(refused.values())))


def able(made: Plan) -> tuple[Plan, list[PlannedStrategy]]:
    """The plan of the strategies that are to be had, and the others. Raises HarnessError for a plan of more than one
    server, IncompleteError where no strategy can be had, or there is no time to look at each."""
    group = made.groups[0]
    if group.status != "ok":
        raise IncompleteError(f"{group.workload}: {group.status}: {group.reason}")
    if len({one.processes for one in made.groups}) < len(made.groups) or any(one.variant for one in made.strategies):
        raise HarnessError(ONE)
    found = [one for one in made.strategies if one.status == "ok" and not one.lesson]
    absent = [one for one in made.strategies if one.status != "ok"]
    if not found:
        whys = "; ".join(f"{one.name}: {one.status}: {one.reason}" for one in absent)
        raise IncompleteError(whys or "all that were named are there to teach: name another with -s")
    if made.max_time and (needed := len(found) * FIRST_CELL) > made.max_time:
        several, fewer = ("s", ", or name fewer with -s") if len(found) > 1 else ("", "")
        raise IncompleteError(
            f"{len(found)} server{several} cannot be looked at within {made.max_time:g} s: give --max-time "
            f"{math.ceil(needed)}{fewer}"
        )
    return msgspec.structs.replace(made, strategies=found, reference=found[0].name), absent


def at(group: PlannedGroup, connections: int) -> PlannedGroup:
    """A server with so many connections."""
    given = dict.fromkeys([*(group.given or []), "--concurrency"])
    return msgspec.structs.replace(group, tasks=connections, concurrency=connections, given=list(given))


def beyond(plan: Plan, groups: Groups) -> Iterator[tuple[tuple[int, int], str]]:
    """What the machine does not hold, and why."""
    for place, group in groups.items():
        if excess := next(excesses(group, plan.strategies, here()), None):
            yield place, excess
