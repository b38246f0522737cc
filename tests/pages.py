"""Pages of records that nobody measured, for tests and for a browser: `python -m tests.pages FOLDER` writes them."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import msgspec

from harness.document.comparison import compare
from harness.document.history import History
from harness.document.make import document
from harness.gate.decide import judge
from harness.history.series import of_record, series
from harness.page import beside, histories, runs
from harness.page.source import Source
from harness.record.lines import encode
from harness.record.plan import Axis, PlannedGroup, PlannedStrategy
from harness.record.sample import Host, Latency, Record
from harness.sweeps import answer
from tests import records
from tests.builders import plan, sample
from tests.harness.sweeps import simulated

HOSTILE = [
    "</title><script>alert(1)</script>",
    "'\"><img src=x onerror=alert(2)>",
    "n" * 200,
    "并发策略比较工具的名字很长很长很长很长",
    "אסטרטגיה",
    "a\u0301\u0302\u0303\u0304" * 20,
    '<a id=record class=record download=x.jsonl.gz href="data:application/gzip;base64,AAAA">',
    "\x00\x1b[31m\x7f",
]


def packed(record: Record) -> bytes:
    """A record as it lies on the disk."""
    lines = [record.header, *record.marks, *record.samples, *([record.end] if record.end else [])]
    return b"".join(map(encode, lines))


def source(record: Record) -> Source:
    return Source(document(record), packed(record))


def of(*taken: Record) -> str:
    return runs.page([source(one) for one in taken])


def many(strategies: int, groups: int, blocks: int) -> Record:
    """So many strategies on so many workloads."""
    drawn = random.Random(1)
    names = [PlannedStrategy(f"strategy-{place}", "a:B") for place in range(strategies)]
    loads = [PlannedGroup(f"load-{place}", "e:F", {}, 100, 10, floor_seconds=0.1) for place in range(groups)]
    made = msgspec.structs.replace(plan(), strategies=names, groups=loads, reference=names[0].name, blocks=blocks)
    taken = []
    for block in range(blocks):
        for group in range(groups):
            slow = drawn.lognormvariate(0, 0.05)
            for place in range(strategies):
                took = 0.1 * (1 + 0.1 * place) * slow * drawn.lognormvariate(0, 0.02)
                tail = Latency(took / 20, took / 12, took / 10, took / 8, took / 18)
                one = sample(place, block, took)
                seen = msgspec.structs.replace(one.observed, latency_seconds=tail) if one.observed else None
                taken.append(msgspec.structs.replace(one, group=group, observed=seen))
    marks = [Host(block, 0.02 * drawn.lognormvariate(0, 0.1), 0.001, 0.1, 0.0, 0.0, 0.0) for block in range(blocks + 1)]
    return records.record(made, taken, marks=marks)


def named(names: list[str]) -> Record:
    """Strategies of these names, on a workload of the first."""
    strategies = [PlannedStrategy(name, "a:B") for name in names]
    failed = PlannedStrategy(f"{names[0]}!", "a:B", status="failed", reason=names[0])
    groups = [PlannedGroup(names[0], "e:F", {"url": names[1]}, 10, 10)]
    made = msgspec.structs.replace(plan(), strategies=[*strategies, failed], groups=groups, reference=names[0])
    taken = [sample(place, block, 1.0 + place / 10) for block in range(8) for place in range(len(names))]
    return records.record(made, taken)


def history(number: int = 30) -> str:
    found = series([of_record(one) for one in records.commits(number)])
    return histories.page(History(series=found, runs=number))


def gate(metric: str = "time", candidate: float = 1.1) -> str:
    record = records.gated(candidate, count=True)
    return beside.gated(judge(record, metric, lambda *_: 0.02), source(record))


def alone() -> Record:
    """One strategy."""
    made = msgspec.structs.replace(plan(), strategies=plan().strategies[:1])
    return records.record(made, [sample(0, block, 1.0) for block in range(8)])


def named_run(record: Record, run: str) -> Record:
    return msgspec.structs.replace(record, header=msgspec.structs.replace(record.header, run=run))


def sweep(of_axes: Record) -> str:
    return runs.page([Source(document(of_axes), packed(of_axes), sweep=answer.of(of_axes))])


@cache
def crossing() -> Record:
    """A sweep of two lines that cross, and one that is far above."""
    lines = {"low": lambda n: 100 + 3.0 * n, "high": lambda n: 250 + n, "far": lambda n: 4000 + 30.0 * n}
    return simulated.record(lines, simulated.TASKS)


@cache
def bent() -> Record:
    return simulated.record({"pool": lambda n: 2000 / min(n, 40)}, simulated.IN_FLIGHT)


@cache
def over_two_axes() -> Record:
    lines = {"low": lambda n, s: 100 + n * (1 + 1e4 * s), "high": lambda n, s: 700.0}
    return simulated.record(
        lines, Axis("tasks", 1, 1000, True, [1, 1000]), Axis("seconds", 0.001, 1, False, [0.001, 1])
    )


PAGES: dict[str, Callable[[], str]] = {
    "client": lambda: of(records.client()),
    "noisy": lambda: of(records.client(0.5, 1.1)),
    "undecided": lambda: of(records.client(0.99, None)),
    "every-status": lambda: of(records.every_status()),
    "alone": lambda: of(alone()),
    "hostile": lambda: of(named(HOSTILE)),
    "variants": lambda: of(records.variants()),
    "server": lambda: of(records.server()),
    "server-open": lambda: of(records.server(rate=3000.0)),
    "capacity": lambda: of(records.server(slo=0.01)),
    "several": lambda: of(
        *(named_run(records.client(ours), f"r{place}") for place, ours in enumerate((0.5, 0.6, 1.2)))
    ),
    "history": history,
    "gate": gate,
    "gate-passed": lambda: gate(candidate=1.0),
    "gate-instructions": lambda: gate("instructions"),
    "compare": lambda: beside.compared(compare(records.client(), records.client(0.6))),
    "wide": lambda: of(many(10, 3, 20)),
    "sweep": lambda: sweep(crossing()),
    "sweep-knee": lambda: sweep(bent()),
    "sweep-map": lambda: sweep(over_two_axes()),
}
LARGE: dict[str, Callable[[], str]] = {
    "thousand": lambda: of(many(20, 50, 5)),
    "hundred": lambda: of(many(100, 1, 3)),
}

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in (PAGES | LARGE).items():
        (folder / f"{name}.html").write_text(page())
