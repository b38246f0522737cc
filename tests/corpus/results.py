"""Verdicts in a file, one a line, so that a run goes on where it was stopped; and the table of them."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tabulate import tabulate

from tests.corpus.case import RUNTIMES, Case
from tests.corpus.judge import Said, Verdict
from tests.corpus.postgres import postgres

WITHIN = 0.05


class Asked(NamedTuple):
    """A tool over one program under one runtime, for the so-manieth time, beside a load or not."""

    tool: str
    case: Case
    runtime: str
    repetition: int = 0
    load: bool = False


@dataclass(frozen=True)
class Result:
    """What was said of what was asked, and the verdict; `reason` where the tool or the program failed."""

    tool: str
    case: str
    text: str
    runtime: str
    repetition: int
    load: bool
    verdict: Verdict
    reason: str | None = None
    said: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str, str, int, bool]:
        """What it is the result of."""
        return self.tool, self.case, self.text, self.runtime, self.repetition, self.load

    @property
    def sound(self) -> bool:
        return not self.verdict.faults

    @property
    def well(self) -> bool:
        """Nothing is missed or of another kind, and nothing false."""
        of = self.verdict
        return not of.false and of.right == of.kind == of.faults and self.reason is None


def _key(asked: Asked) -> tuple[str, str, str, str, int, bool]:
    """Another text is another program."""
    text = hashlib.sha256(asked.case.text.encode()).hexdigest()[:12]
    return asked.tool, asked.case.name, text, asked.runtime, asked.repetition, asked.load


def result(asked: Asked, get: Callable[[Asked], tuple[Verdict, list[Said]]]) -> Result:
    """What a tool says, or why it says nothing."""
    try:
        verdict, said = get(asked)
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        return Result(*_key(asked), Verdict(len(asked.case.faults), 0, 0, 0, (), ()), str(error))
    return Result(*_key(asked), verdict, None, tuple(map(str, said)))


def results(asked: list[Asked], get: Callable[[Asked], Result], jobs: int, file: Path) -> Iterator[Result]:
    """Those that a file has, then those that it lacks, kept as they come. What needs a PostgreSQL is left out where
    there is none."""
    before = {row.key: row for row in kept(file)}
    yield from (before[_key(one)] for one in asked if _key(one) in before)
    todo = [one for one in asked if _key(one) not in before]
    with postgres(any(one.case.needs for one in todo)) as there, ThreadPoolExecutor(jobs) as pool:
        for row in pool.map(get, [one for one in todo if there or one.case.needs is None]):
            _keep(file, row)
            yield row


def kept(file: Path) -> list[Result]:
    """The results of a file; a last line that was cut off is none."""
    found = []
    for line in file.read_text().splitlines() if file.exists() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        verdict = row.pop("verdict")
        tuples = {key: tuple(value) if isinstance(value, list) else value for key, value in verdict.items()}
        found.append(Result(**{**row, "said": tuple(row.get("said", ()))}, verdict=Verdict(**tuples)))
    return found


def _keep(file: Path, row: Result) -> None:
    cut = file.exists() and not file.read_bytes().endswith(b"\n")
    with file.open("a") as out:
        out.write("\n" * cut + json.dumps(asdict(row)) + "\n")


def _row(name: str, some: list[Result]) -> list[str]:
    faulty, sound = [one for one in some if not one.sound], [one for one in some if one.sound]
    planted = sum(one.verdict.faults for one in faulty)
    errors = [error for one in faulty for error in one.verdict.errors]
    near = sum(error <= WITHIN for error in errors)
    return [
        name,
        str(planted),
        *(str(sum(getattr(one.verdict, what) for one in faulty)) for what in ("found", "right", "kind")),
        str(sum(len(one.verdict.false) for one in faulty)),
        f"{sum(bool(one.verdict.false) for one in sound)} of {len(sound)}",
        f"{median(errors):.1%}" if errors else "-",
        f"{near} of {len(errors)}",
        str(sum(one.reason is not None for one in some)),
    ]


HEAD = ["", "planted", "found", "line", "kind", "false", "sound", "error", f"within {WITHIN:.0%}", "failed"]


def table(rows: Iterable[Result]) -> str:
    """A row for each runtime and for all: faults planted, found, found at the right line, of the right kind there;
    false findings beside faults; sound programs with a finding; the median error of costs, and how many are near."""
    some = list(rows)
    lines = [_row(name, [one for one in some if one.runtime == name]) for name in RUNTIMES]
    return tabulate([*lines, _row("all", some)], HEAD, disable_numparse=True)


def misses(rows: Iterable[Result]) -> list[str]:
    """A line for each program of which something is missed, of another kind or false."""
    return [
        f"{one.case} under {one.runtime}: {one.verdict.right} of {one.verdict.faults} at the line"
        + (f", {one.verdict.found} found" if one.verdict.found != one.verdict.right else "")
        + (f", {one.verdict.kind} of the kind" if one.verdict.kind != one.verdict.right else "")
        + f"; said: {', '.join(one.said) or 'nothing'}"
        + "".join(f"; false: {text}" for text in one.verdict.false)
        + (f"; {one.reason}" if one.reason else "")
        for one in rows
        if not one.well
    ]
