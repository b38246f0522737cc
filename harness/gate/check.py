"""A gate from the question to the answer: `harness.check`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from harness import api
from harness.document.gate import Decision, Gate, Shard
from harness.errors import HarnessError, Interrupted, StoreError
from harness.gate import cells, decide, shards
from harness.gate.cells import Limit
from harness.plan.request import check_share
from harness.record import store
from harness.statistics import metrics

if TYPE_CHECKING:
    from harness.measure.counters import Tool
    from harness.measure.functions import Owners
    from harness.record.plan import Counter, Plan
    from harness.record.sample import Record, Sample


UNNAMED = "which functions grew is not known here: the gate in one job, on one machine, names them"


def check(
    base: str,
    candidate: str = "path:.",
    *,
    workload: api.Named | Sequence[api.Named] = ("sleep", "echo"),
    strategies: api.Named | Sequence[api.Named] = "gevent",
    options: api.Options = (),
    tasks: int | None = None,
    concurrency: int | None = None,
    metric: str = "time",
    count_with: Counter | None = None,
    limit: float | Limit | None = None,
    blocks: int | None = None,
    rounds: int | None = None,
    fresh: bool = False,
    max_time: float | None = 300.0,
    on: str | None = None,
    mixed_hosts: bool = False,
    install: bool = False,
    ssh: str | None = None,
    insecure: bool = False,
    tls_ca: str | None = None,
    tls_cert: str | None = None,
    tls_key: str | None = None,
    results: str | Path | None = None,
    wait: bool | float = False,
    tell: api.Tell | None = None,
    shard: str | None = None,
    resume: str | Path | None = None,
) -> Gate:
    """Say whether a candidate is worse than a base by more than a limit: both run in the same blocks.

    Base and candidate are `git:REVISION`, `path:FOLDER`, `pip:PACKAGE==VERSION` or `python:3.13`; the limit is a share,
    one for all or `limit(workload, strategy)`, and the metric's own where nobody says. `shard` ("2/4") is a part of it,
    which decides nothing: `merge` does. `resume`: the record of the same gate, which was cut off and is finished. The
    rest is as for `run`. Raises HarnessError."""
    if shard is not None and on is not None:
        raise HarnessError("--shard spreads blocks over jobs, --on over hosts: leave one out")
    mine = shards.share(shard) if shard is not None else None
    limit_of = limits(metric, limit)
    sizes = {"tasks": tasks, "concurrency": concurrency, "blocks": blocks, "rounds": rounds, "max_time": max_time}
    usual = shards.COUNTED_BLOCKS if metrics.find(metric).counted else shards.BLOCKS
    every = usual if mine and blocks is None else blocks
    how = sizes | {"fresh": fresh, "count_with": count_with, "blocks": every, "shard": mine, "resume": resume}
    how |= {"on": on, "mixed_hosts": mixed_hosts, "install": install, "ssh": ssh, "insecure": insecure}
    how |= {"tls_ca": tls_ca, "tls_cert": tls_cert, "tls_key": tls_key}

    def judged(record: Record) -> Gate:
        if mine and every:
            return part(record, metric, limit_of, mine, every)
        said = decide.judge(record, metric, limit_of)
        return unexplained(said, metric) if on else explained(said, record.header.plan, tell or api.silent)

    return measured(
        base, candidate, workload, strategies, options, metric, limit_of, results, wait, tell, judged, **how
    )


def part(record: Record, metric: str, limit: Limit, mine: shards.Share, every: int) -> Gate:
    """A part of a gate: its record, and what could not be measured; what was is decided with the others."""

    def left_open(one: Decision) -> Decision:
        known = one.outcome in ("incomplete", "new")
        why = f"shard {mine.number} of {mine.of}: gate --merge decides"
        return one if known else msgspec.structs.replace(one, outcome="undecided", reason=why, comparison=None)

    cells = [left_open(one) for one in decide.decide(record, metric, limit)]
    about = [*decide.remarks(record), *decide.surroundings(record)]
    lines = shards.lines(record)
    kept = Shard(mine.number, mine.of, every, lines, shards.crc32(lines))
    blocks = len({sample.block for sample in record.samples})
    outcome = decide.overall(cells)
    said = Gate(run=record.header.run, outcome=outcome, cells=cells, remarks=about)
    return msgspec.structs.replace(said, blocks=blocks, most=record.most, shard=kept)


def merge(paths: Sequence[str | Path], results: str | Path | None = None) -> Gate:
    """What a gate says whose parts `check(..., shard="1/4")` and so on made and `--json` wrote: the same as of one run.
    Its record is kept in the folder `results`, as that of one run is. Raises HarnessError where parts are missing,
    doubled or of another gate, StoreError where it cannot be kept."""
    parts = [shards.part(str(path), _read(Path(path))) for path in paths]
    merged, metric = shards.merged(parts), parts[0].gate.cells[0].metric
    record = store.keep(api.folder(results), merged)
    return unexplained(decide.judge(record, metric, shards.limits(parts)), metric)


def unexplained(gate: Gate, metric: str) -> Gate:
    """A gate that was measured elsewhere, where functions could be counted."""
    if gate.outcome == "regression" and metrics.find(metric).counted:
        return msgspec.structs.replace(gate, remarks=[*gate.remarks, UNNAMED])
    return gate


def _read(path: Path) -> Gate:
    try:
        return store.read_document(path, Gate, "part of a gate")
    except StoreError as error:
        raise HarnessError(f"{error}") from None


def measured(
    base: str,
    candidate: str,
    workloads: api.Named | Sequence[api.Named],
    strategies: api.Named | Sequence[api.Named],
    options: api.Options,
    metric: str,
    limit_of: Limit,
    results: str | Path | None,
    wait: bool | float,
    tell: api.Tell | None,
    judged: Callable[[Record], Gate],
    **sizes: Any,
) -> Gate:
    """Run a base and a candidate in the same blocks, and say what comes of it while both are still there. Raises
    HarnessError."""
    as_many, shard, resume = bool(sizes["blocks"]), sizes.pop("shard"), sizes.pop("resume")
    begun = api.unfinished(resume, results) if resume else None
    if metrics.find(metric).counted:
        sizes |= {"count": metric, "rounds": sizes["rounds"] or 1}
    variants = (f"{cells.BASE}={base}", f"{cells.CANDIDATE}={candidate}")
    with (
        api.asked(workloads, strategies, options, variants=variants, precision=decide.PRECISE, **sizes) as request,
        api.planned(request, wait, tell, api.folder(results)) as made,
    ):
        plan = decide.fitted(made, limit=limit_of, as_many_blocks=as_many, shard=shard)
        enough = _never if shard else decide.said(metric, limit_of)
        return judged(api.kept(plan, results, "gate", tell, enough, resumed=begun, wait=wait, on=request))


def explained(gate: Gate, plan: Plan, tell: api.Tell) -> Gate:
    """A gate with the functions that grew, where instructions did. Interrupted ends that, and no more."""
    from harness.gate import grown
    from harness.measure.arms import by_function
    from harness.measure.processes import Processes
    from harness.process import paths

    def count(used: Tool, number: int, arms: Sequence[int]) -> list[Owners]:
        tell(f"counting by function, with {used.name}")
        return by_function(plan, Processes(plan, paths.of_asker()), used, number, arms)

    try:
        return grown.told(gate, plan, count)
    except Interrupted:
        return gate


def _never(plan: Plan, samples: Sequence[Sample], most: int) -> bool:
    """A shard looks at nothing that the others do not see."""
    return False


def limits(metric: str, limit: float | Limit | None) -> Limit:
    """The limit of a workload and strategy. Raises HarnessError where there is no such metric, or it is no share."""
    usual = metrics.offered()[metrics.find(metric).name]
    if callable(limit):
        return limit
    check_share("--limit", limit)
    return lambda workload, strategy: usual if limit is None else limit
