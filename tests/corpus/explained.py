"""What `explain` says of a program under a runtime, in processes of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from tests.corpus.case import Case
from tests.corpus.cost import Calls, Cost, by_hand, environment, folder, read, summed, written
from tests.corpus.judge import Said, Verdict, judged

ENDS, WAITS_FOR_EVER = 30.0, 3.0
"""Seconds after which a round is ended; a deadlock would wait for ever."""


def command(case: Case, runtime: str, file: Path) -> list[str]:
    """The command that a user would type."""
    ends = WAITS_FOR_EVER if any("deadlock" in fault.kinds for fault in case.faults) else ENDS
    asked = ["-s", runtime, "-W", f"{file}:{case.entry(runtime)}", "--tasks", str(case.tasks)]
    return [sys.executable, "-m", "harness", "explain", *asked, "--max-time", str(ends), "-q", "--json", "-"]


def findings(case: Case, runtime: str, place: Path) -> tuple[list[Said], Calls]:
    """What it said, and what the clocks of the same run wrote.

    Raises RuntimeError where it says nothing."""
    file, costs = written(case, place), place / "costs"
    own = {**environment(costs), "HARNESS_LOCK": str(place / "lock")}
    done = subprocess.run(
        command(case, runtime, file), cwd=place, env=own, capture_output=True, text=True, timeout=4 * ENDS, check=False
    )
    if not done.stdout.strip():
        raise RuntimeError(done.stderr.strip()[-500:] or f"exit status {done.returncode}")
    found = json.loads(done.stdout)["findings"]
    return [_said(one, file.name) for one in found], read(costs)


def _said(finding: dict[str, object], name: str) -> Said:
    """A line counts where it is one of the program's."""
    here = str(finding["file"] or "").rsplit("/", 1)[-1] == name
    line = finding["line"] if here else None
    keys = ("seconds", "computing_seconds", "rule")
    return Said(str(finding["kind"]), str(finding["what"]), line, *(finding.get(key) for key in keys))  # type: ignore[arg-type]


def _true(case: Case, before: Calls, here: Calls, after: Calls) -> dict[int, list[Cost]]:
    """What each fault costs by hand, and in the process that is explained: in its second round, which is not listened
    to; where it waits, also in the first, since being listened to slows down what computes, and not who waits."""
    found: dict[int, list[Cost]] = {}
    for fault in case.faults:
        line, calls = fault.line, len(before.get(fault.line, ()))
        cost = partial(summed, line=line, keeps=fault.how == "keeping")
        first = cost(here, first=0, end=calls) if fault.how in {"waiting", "keeping"} else None
        second = cost(here, first=calls, end=2 * calls) if len(here.get(line, ())) == 2 * calls else None
        costs = [cost(before), first, second, cost(after)]
        found[fault.line] = [cost for cost in costs if cost is not None]
    return found


def explained(case: Case, runtime: str) -> tuple[Verdict, list[Said]]:
    """`explain` of a program, between two runs of it by hand where a fault has a cost.

    Raises RuntimeError where a program or `explain` does not end as it should."""
    costly = any(fault.how for fault in case.faults)
    with folder() as name:
        place = Path(name)
        before = by_hand(case, runtime, place) if costly else {}
        said, here = findings(case, runtime, place)
        after = by_hand(case, runtime, place) if costly else {}
    return judged(case.at(runtime), said, _true(case, before, here, after)), said


def pairs(cases: Iterable[Case], each: bool = True, turn: int = 0) -> Iterator[tuple[Case, str]]:
    """Each program under each of its runtimes, or each under one: the runtimes by turns, from program to program, and
    from one turn to the next."""
    for place, case in enumerate(cases):
        runtimes = case.runtimes if each else [case.runtimes[(place + turn) % len(case.runtimes)]]
        yield from ((case, runtime) for runtime in runtimes)
