"""docs/claims.md, claims of the field looked at again: `python docs/claims.py` types the commands of claims.toml whose
answers are not in its folder yet, and writes the page."""

from __future__ import annotations

import hashlib
import json
import math
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import click
import msgspec

sys.path.insert(0, str(Path(__file__).parent))  # claims_asked.py lies beside this file
import claims_asked
from claims_asked import Answer, Unanswered

CLAIMS = Path(__file__).with_suffix(".toml")
PAGE = Path(__file__).with_suffix(".md")
WITHIN = 1.25
"""By this factor what is measured may differ from a claim of one figure."""
HEAD = """\
# Claims, looked at again

What is said of concurrency in Python, who says it, and the commands that look. `python docs/claims.py` types those
whose answers it does not have yet, and writes this page; the claims are in `docs/claims.toml`.

*Holds*: the whole interval lies within what is claimed (where a claim is one figure, within a quarter of it either
way). *Does not*: the whole interval lies beyond. *Not told*: neither. Ratios of times are paired within blocks, with
their 95 % interval; other ratios run from the lowest to the highest that two intervals allow; "of 3 runs" is from the
lowest to the highest of three. A claim *holds* where it does under all its conditions, *holds under* some where it is
not told under the others, *holds only under* some where it does not under others; it *does not hold* where it does
under none, and does not under one. All of it is loopback, on one machine, on one day: a network adds waiting, and
takes differences away.
"""


class Case(msgspec.Struct, forbid_unknown_fields=True):
    """Under which condition a claim is looked at, by which command, and how the number is read from its JSON: a
    function of claims_asked.py and its arguments. `runs`: so many, where a number has no interval within one."""

    command: str
    ask: list[str | int | float]
    when: str = ""
    runs: int = 1


class Claim(msgspec.Struct, forbid_unknown_fields=True, rename={"low": "from", "high": "to", "cases": "case"}):
    """What is claimed of a number (`of`): that it is `figure`, or lies `from` .. `to`. `besides`: what its authors
    changed besides the strategy."""

    said: str
    source: str
    of: str
    cases: list[Case]
    figure: float | None = None
    low: float = 0.0
    high: float = math.inf
    unit: str = "x"
    besides: str = ""

    @property
    def after(self) -> str:
        """What stands after a number."""
        return self.unit if self.unit == "x" else f" {self.unit}".rstrip()

    @property
    def range(self) -> tuple[float, float]:
        return (self.low, self.high) if self.figure is None else (self.figure / WITHIN, self.figure * WITHIN)


def claims() -> list[Claim]:
    return msgspec.toml.decode(CLAIMS.read_bytes(), type=dict[str, list[Claim]])["claim"]


def answered(case: Case, folder: Path) -> Answer | str:
    """The number with its interval, or why there is none; from the folder, if it is there."""
    function = getattr(claims_asked, str(case.ask[0]))
    answers: list[Answer] = []
    for number in range(case.runs):
        document = typed(case.command, folder, number)
        if isinstance(document, str):
            return document
        try:
            answers.append(function(document, *case.ask[1:]))
        except Unanswered as why:
            return str(why)
    if case.runs == 1:
        return answers[0]
    values = [one.value for one in answers]
    return Answer(median(values), min(values), max(values))


def kept(command: str, folder: Path, number: int) -> Path:
    """Where the answer of a command is kept, or will be."""
    return folder / f"{hashlib.sha256(f'{command} {number}'.encode()).hexdigest()[:12]}.json"


def typed(command: str, folder: Path, number: int) -> dict[str, Any] | str:
    """What a command said, as JSON; or in its one line of failure."""
    path = kept(command, folder, number)
    if not path.is_file():
        click.echo(f"harness {command}", err=True)
        asked = [sys.executable, "-m", "harness", *shlex.split(command), "--wait", "--quiet", "--json", str(path)]
        asked += ["--results", str(folder / "runs")]
        done = subprocess.run(asked, cwd=PAGE.parents[1], capture_output=True, text=True)
        if not path.is_file():  # with the status of a run whose row failed it is there
            return done.stderr.strip().splitlines()[-1]
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def held(answer: Answer | str, claim: Claim) -> str:
    """What an answer says of a claim."""
    if isinstance(answer, str):
        return "no answer"
    low, high = claim.range
    if low <= answer.low and answer.high <= high:
        return "holds"
    return "does not" if answer.high < low or answer.low > high else "not told"


def verdict(each: Mapping[str, str]) -> str:
    """What is said of a claim, by what is said under each condition."""
    holding = [when for when, said in each.items() if said == "holds"]
    refuted = "does not" in each.values()
    if not holding:
        return "does not hold" if refuted else "not told"
    if len(holding) == len(each):
        return "holds"
    return f"holds {'only under' if refuted else 'under'}: {'; '.join(holding)}"


def shown(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def interval(answer: Answer | str, claim: Claim, case: Case) -> str:
    if isinstance(answer, str):
        return answer
    value, low, high = map(shown, answer)
    runs = f" of {case.runs} runs" if case.runs > 1 else ""
    return f"{value}{claim.after}" + (f" ({low} - {high}{runs})" if low != high else "")


def claimed(claim: Claim) -> str:
    if claim.figure is not None:
        return f"{shown(claim.figure)}{claim.after}"
    if claim.high == math.inf:
        return f"{shown(claim.low)}{claim.after} or more"
    return (
        f"{shown(claim.low)}{claim.after}"
        if claim.low == claim.high
        else f"{shown(claim.low)} - {shown(claim.high)}{claim.after}"
    )


def page(asked: list[Claim], folder: Path) -> Iterator[str]:
    """The page, line by line."""
    sections: list[str] = []
    yield HEAD
    yield "| | claim | |\n|---|---|---|"
    for number, claim in enumerate(asked, 1):
        answers = [answered(case, folder) for case in claim.cases]
        said = [held(answer, claim) for answer in answers]
        whole = verdict({case.when: one for case, one in zip(claim.cases, said, strict=True)})
        yield f"| {number} | {claim.said} | {whole} |"
        sections += section(number, claim, answers, said, whole)
    yield machine(folder)
    yield from sections


def section(number: int, claim: Claim, answers: list[Answer | str], said: list[str], whole: str) -> Iterator[str]:
    yield f"## {number}. {claim.said[0].upper()}{claim.said[1:]}\n"
    besides = f" What its authors changed besides the strategy: {claim.besides}." if claim.besides else ""
    yield f"*{claim.source}*: {claim.of}, {claimed(claim)}. **{whole[0].upper()}{whole[1:]}.**{besides}\n"
    for case, answer, one in zip(claim.cases, answers, said, strict=True):
        when = f"{case.when}: " if case.when else ""
        yield f"- {when}{interval(answer, claim, case)}: {one}\n\n      python -m harness {case.command}\n"


def machine(folder: Path) -> str:
    """Where and when it was measured."""
    documents = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    runs = [one for one in documents if "host" in one]
    if not runs:
        return ""
    days = sorted({datetime.fromisoformat(one["taken_at"]).date().isoformat() for one in runs})
    host, versions = runs[-1]["host"], runs[-1].get("versions", {})
    libraries = ", ".join(f"{name} {versions[name]}" for name in ("gevent", "greenlet", "uvloop") if name in versions)
    about = f"{host['cpu_model']}, {host['cores']} cores, CPython {host['python']}"
    return f"\n{' to '.join(days)}, {about}, {libraries}.\n"


@click.command()
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), default=PAGE.parents[1] / "results" / "claims",
    help="Where answers are kept.",
)  # fmt: skip
@click.option("--only", default="", help="Only the claims whose text contains this; prints them, and writes no page.")
def main(folder: Path, only: str) -> None:
    """Type the commands whose answers are missing, and write docs/claims.md."""
    folder.mkdir(parents=True, exist_ok=True)
    asked = [claim for claim in claims() if only in claim.said]
    text = "\n".join(page(asked, folder)).rstrip() + "\n"
    if only:
        click.echo(text)
    else:
        PAGE.write_text(text)


if __name__ == "__main__":
    main()
