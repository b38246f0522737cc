"""docs/results.md, numbers to cite: `python -m tests.results` measures what is not in its folder yet, and writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec
from tabulate import tabulate

import harness
from harness.document.run import Group, Row, Run, VersusBest
from harness.report import words
from tests.builders import ROOT

PAGE = ROOT / "docs" / "results.md"
HEAD = """\
# Results

Numbers to cite, and to doubt: they are of one machine on one day. `python -m tests.results` measures them again
([how a number is made](measuring.md), [how often a verdict is right](trust.md)) and goes on where it was stopped; its
options say which Pythons and which releases of gevent are put side by side.

`time` is the median over blocks. `against the fastest` is the ratio of times to the fastest of those that are not shown
to be slower than another, with its 95 % interval, paired within blocks. `sequential`, `greenlet` and `generator` are
there to teach, and are not in that set.
"""
COUNTED = ("noop", "switch", "sleep")
SAID = (("cpu_model", "", ""), ("cores", "", " cores"), ("system", "", ""), ("python", "CPython ", ""))
TEACHING = ("sequential", "greenlet", "generator")
INSTRUCTIONS = "Instructions in user space for each task, 100 tasks"


class Part(NamedTuple):
    """A section of the page: one run."""

    name: str
    title: str
    about: str
    arguments: dict[str, Any]


def parts(pythons: Sequence[str], gevents: Sequence[str], short: bool) -> Iterator[Part]:
    """What is measured. Short: one block of little, to see that it works."""
    every = {"workload": ["noop", "switch", "sleep", "http", "echo", "counter"]}
    asked = {"strategies": ["asyncio", "threads"], "blocks": 1, "rounds": 1} if short else {"max_time": 300.0}
    about = "All strategies side by side, at the workloads' own sizes."
    yield Part("strategies", "The built-in workloads under every strategy", about, every | asked)
    counted = {"workload": COUNTED[:1] if short else COUNTED, "tasks": 100, "count": "instructions", "rounds": 1}
    counted["blocks"] = 1 if short else 3
    if pythons:
        asked = {"strategies": ["asyncio", "greenlet", "gevent"], "variants": variants("python", pythons)}
        about = (
            f"{INSTRUCTIONS}: no waiting is in them, and load does not move them. How an interpreter was compiled is."
        )
        yield Part("pythons", "Python by Python", about, counted | asked)
    if gevents:
        asked = {"strategies": ["gevent"], "variants": variants("pip:gevent==", gevents)}
        yield Part("gevents", "gevent, release by release", f"{INSTRUCTIONS}.", counted | asked)


def variants(kind: str, values: Sequence[str]) -> list[str]:
    """A variant for each, named by its place: what it is the row itself says."""
    return [f"v{place}={kind}{'' if kind.endswith('=') else ':'}{value}" for place, value in enumerate(values, 1)]


def measured(part: Part, folder: Path) -> Run:
    """The run of a part, from the folder if it is there."""
    try:
        return harness.read(part.name, results=folder)
    except harness.HarnessError:
        click.echo(f"measuring: {part.title}", err=True)
        return harness.run(**part.arguments, name=part.name, results=folder, wait=True)


def page(found: list[tuple[Part, Run]], note: str = "") -> str:
    return (
        "\n".join(
            [HEAD, *([note, ""] if note else []), *(line for part, run in found for line in section(part, run))]
        ).rstrip()
        + "\n"
    )


def section(part: Part, run: Run) -> Iterator[str]:
    yield f"## {part.title}\n"
    yield (
        f"{part.about} {run.taken_at[:10]}, {machine(run.host)}, {libraries(run)}; blocks: {run.blocks}.{noise(run)}\n"
    )
    for group in run.groups:
        options = " ".join(f"{name}={group.options[name]}" for name in group.shown or [])
        yield f"### {part.name}: {group.workload}\n"
        yield f"{options + ': ' if options else ''}{group.tasks:,} tasks, at most {group.concurrency:,} in flight.\n"
        yield tabulate(
            *(counts(group) if "count" in part.arguments else times(group)), tablefmt="github", disable_numparse=True
        )
        yield "\n".join(["", *(f"- {row.name}: {row.status}: {row.reason}" for row in group.rows if row.reason), ""])


def machine(host: dict[str, Any]) -> str:
    """Its processor, cores and Python."""
    return ", ".join(f"{before}{host[name]}{after}" for name, before, after in SAID if name in host)


def libraries(run: Run) -> str:
    return ", ".join(
        f"{name} {run.versions[name]}" for name in ("gevent", "greenlet", "uvloop", "trio") if name in run.versions
    )


def noise(run: Run) -> str:
    return "".join(f" The machine was not quiet: {said}." for said in run.disturbances[:1])


def times(group: Group) -> tuple[list[list[str]], list[str]]:
    """Rows from the fastest on, those without a number last."""
    ordered = sorted(group.rows, key=lambda row: row.wall_seconds.median if row.wall_seconds else float("inf"))
    return [[row.name, *time_of(row), standing(row, group)] for row in ordered], [
        "strategy",
        "time",
        "against the fastest",
        "",
    ]


def time_of(row: Row) -> list[str]:
    if row.wall_seconds is msgspec.UNSET:
        return ["-", "-"]
    best = row.versus_best
    shown = f"{best.estimate:.2f}{interval(best)}" if best else "-"
    return [words.seconds(row.wall_seconds.median), shown]


def interval(best: VersusBest) -> str:
    """Nothing where there are too few blocks for one, and of the fastest itself."""
    known = best.rule == "early" or (best.blocks or 0) >= 6
    return f" ({best.low:.2f} - {best.high:.2f})" if known and best.low < best.high else ""


def standing(row: Row, group: Group) -> str:
    if row.status != "ok":
        return row.status
    if row.name in group.best:
        return {"fastest": "fastest", "level": "level"}.get(group.best_is or "", "not told apart")
    if row.strategy in TEACHING:
        return "there to teach"
    return row.versus_best.verdict if row.versus_best else ""


def counts(group: Group) -> tuple[list[list[str]], list[str]]:
    """Instructions a task, and against the first variant of the same strategy."""
    first: dict[str, float] = {}
    lines = []
    for row in group.rows:
        spread, runs_on = row.instructions_per_task, row.runs_on or {}
        what = ", ".join(f"{name} {runs_on[name]}" for name in ("python", "gevent", "greenlet") if runs_on.get(name))
        if spread is msgspec.UNSET:
            lines.append([row.strategy, what or str(row.variant_spec), "-", row.status])
            continue
        base = first.setdefault(row.strategy, spread.median)
        lines.append([row.strategy, what, f"{spread.median:,.0f}", f"{spread.median / base:.3f}"])
    return lines, ["strategy", "runs on", f"instructions a task ({group.counted_with})", "against its first line"]


@click.command()
@click.option(
    "--python", "pythons", multiple=True, default=("3.11", "3.12", "3.13"), help="A version or an interpreter."
)
@click.option("--gevent", "gevents", multiple=True, default=("24.11.1", "25.9.1", "26.7.0", "26.8.0", "26.9.0"))
@click.option("--note", default="", help="A sentence of yours on the page, such as how the interpreters were compiled.")
@click.option("--only", type=click.Choice(["strategies", "pythons", "gevents"]), help="One part.")
@click.option("--short", is_flag=True, help="A block of little, to see that it works; the page is printed.")
@click.option("--results", "folder", type=click.Path(path_type=Path), default=ROOT / "results" / "cited")
def main(
    pythons: tuple[str, ...], gevents: tuple[str, ...], note: str, only: str | None, short: bool, folder: Path
) -> None:
    """Measure what is missing, and write docs/results.md."""
    chosen = [part for part in parts(pythons, gevents, short) if only in (None, part.name)]
    text = page([(part, measured(part, folder)) for part in chosen], note)
    if short or only:
        click.echo(text)
    else:
        PAGE.write_text(text)


if __name__ == "__main__":
    main()
