"""What people are shown of records that nobody measured: `python -m tests.screens` writes the files that a test
compares with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import get_args

import msgspec

from harness.calibrate.outcomes import Outcome
from harness.document.comparison import compare
from harness.document.gate import Grown
from harness.document.history import History
from harness.document.make import document
from harness.document.past import Past
from harness.gate.decide import judge
from harness.history.series import of_record, series
from harness.record.sample import Record
from harness.report import calibrate, comparison, gate, history, screen, table
from harness.report.columns import Form
from harness.statistics.paired import Verdict
from tests import records
from tests.builders import ROOT

FOLDER = ROOT / "tests" / "harness" / "report" / "screens"


def run(record: Record, tablefmt: str = "simple", verbose: bool = False) -> str:
    return table.tables(document(record), tablefmt, verbose)


def gated(metric: str) -> str:
    return gate.tables(judge(records.gated(1.1, count=True), metric, lambda *_: 0.02), "simple")


def grown() -> str:
    """A regression by instructions, with what grew in Python and in C."""
    said = judge(records.gated(1.1, count=True), "instructions", lambda *_: 0.02)
    grew = [
        Grown("price", "shop.py", 7, 1000.0, 1800.0, 0.8, "qemu"),
        Grown("_hashlib.openssl_sha256", "", None, 2000.0, 2190.0, 0.19, "qemu"),
        Grown("_PyEval_EvalFrameDefault", "libpython3.13.so.1.0", None, 9000.0, 9800.0, 1.0, "callgrind"),
    ]
    cells = [msgspec.structs.replace(one, grew=grew if one.outcome == "regression" else []) for one in said.cells]
    return gate.tables(msgspec.structs.replace(said, cells=cells), "simple")


def compared(then: Record, now: Record) -> str:
    later = msgspec.structs.replace(now, header=msgspec.structs.replace(now.header, run="r2"))
    return comparison.tables(compare(then, later), "simple")


def beside_history() -> str:
    """Five runs of history, and a second run in which gevent takes a third more."""
    ours = (0.5, 0.502, 0.498, 0.501, 0.499)
    runs = [renamed(records.client(one, None), f"p{place}") for place, one in enumerate(ours)]
    then, now = renamed(records.client(0.5, None), "then"), renamed(records.client(0.65, None), "now")
    return comparison.tables(compare(then, now, Past(runs)), "simple")


def renamed(record: Record, run: str) -> Record:
    return msgspec.structs.replace(record, header=msgspec.structs.replace(record.header, run=run))


def over_commits(number: int, verbose: bool = False, form: Form = "simple") -> str:
    found = series([of_record(one) for one in records.commits(number)])
    return history.tables(History(series=found, runs=number), form, verbose)


def calibrated(form: Form = "simple") -> str:
    verdicts = [*get_args(Verdict)[2:], *get_args(Verdict)]
    return calibrate.tables([Outcome(slow, verdict, 5.0, 0.01) for slow in (0.0, 0.05) for verdict in verdicts], form)


def _seen(make: Callable[[], Record], width: int, colour: bool) -> str:
    """What a terminal shows of a run; plain where it shows no colours."""
    return screen.screen(document(make()), width, plain=not colour, colour=colour)


def judged(metric: str, width: int = 80, colour: bool = False) -> str:
    return gate.screen(judge(records.gated(1.1, count=True), metric, lambda *_: 0.02), width, colour)


RUNS: dict[str, Callable[[], Record]] = {
    "clients": records.client,
    "noisy": lambda: records.client(0.5, 1.1),
    "level": lambda: records.client(1.0, None),
    "every-status": records.every_status,
    "hostile": records.hostile,
    "counted": records.counted,
    "variants": records.variants,
    "server": records.server,
    "server-open": lambda: records.server(rate=3000.0),
    "capacity": lambda: records.server(slo=0.01),
    "alone": records.alone,
    "cut-off": lambda: msgspec.structs.replace(records.client(), end=None),
}
SEEN: dict[str, Callable[[], str]] = {
    f"screen-{name}-{width}{'-colour' if colour else ''}": partial(_seen, make, width, colour)
    for name, make in RUNS.items()
    for width in (80, 100, 120)
    for colour in (False, True)
}
SCREENS: dict[str, Callable[[], str]] = {
    "clients": lambda: run(records.client()),
    "clients-verbose": lambda: run(records.client(), verbose=True),
    "clients-github": lambda: run(records.client(), "github"),
    "noisy": lambda: run(records.client(0.5, 1.1)),
    "undecided": lambda: run(records.client(0.99, None)),
    "every-status": lambda: run(records.every_status()),
    "cut-off": lambda: run(msgspec.structs.replace(records.client(), end=None)),
    "counted": lambda: run(records.counted()),
    "variants": lambda: run(records.variants()),
    "variants-verbose": lambda: run(records.variants(), verbose=True),
    "server-closed": lambda: run(records.server()),
    "server-open": lambda: run(records.server(rate=3000.0)),
    "capacity": lambda: run(records.server(slo=0.01)),
    "compare": lambda: compared(records.client(), records.client(0.6)),
    "compare-other": lambda: compared(records.variants(), msgspec.structs.replace(records.variants(), damaged=3)),
    "compare-history": beside_history,
    "history": lambda: over_commits(30),
    "history-verbose": lambda: over_commits(30, verbose=True),
    "history-one": lambda: over_commits(1),
    "gate-time": lambda: gated("time"),
    "gate-overhead": lambda: gated("overhead"),
    "gate-instructions": lambda: gated("instructions"),
    "gate-grown": grown,
    "calibrate": calibrated,
    "screen-gate": lambda: judged("time"),
    "screen-gate-memory-colour": lambda: judged("instructions", 100, True),
    "screen-compare": lambda: comparison.screen(compare(records.client(), records.client(0.6))),
    "screen-history": lambda: over_commits(30, form=80),
    "screen-calibrate": lambda: calibrated(80),
} | SEEN

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, made in SCREENS.items():
        (FOLDER / f"{name}.txt").write_text(made() + "\n")
