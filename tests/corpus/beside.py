"""`python -m tests.corpus.beside`: `explain` and other tools over the same programs, in one table.

A tool's event that names several lines of a program counts as the right one where it is among them. Only programs
that block a loop are counted, and sound ones: what the others look for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import median

import click
from tabulate import tabulate

from tests.corpus import HERE
from tests.corpus.__main__ import FILE as EXPLAINED
from tests.corpus.__main__ import chosen
from tests.corpus.__main__ import one as ours
from tests.corpus.case import RUNTIMES, Case
from tests.corpus.cost import ROOT, environment, folder, read, summed
from tests.corpus.judge import Said, Verdict, judged
from tests.corpus.opponents import TOOLS
from tests.corpus.results import Asked, Result, result, results

FILE = HERE / "beside.jsonl"
ENDS = 20.0


def _said(case: Case, event: dict[str, list[int]]) -> Said:
    right = {fault.line for fault in case.faults} | case.as_right
    lines = [line for line in event["lines"] if line in right] or event["lines"] or [None]
    return Said(None, "blocked", lines[0], event["seconds"])  # type: ignore[arg-type]


def said_by(tool: str, case: Case, runtime: str, place: Path) -> tuple[Verdict, list[Said]]:
    """A tool's verdict of a program. blockbuster takes the clocks themselves for blocking, and gets none.

    Raises RuntimeError where the program does not end well."""
    file, costs = place / f"{case.name}.py", place / "costs"
    file.write_text(case.text if tool == "blockbuster" else case.clocked())
    asked = [tool, runtime, str(file), case.entry(runtime), str(case.tasks)]
    command = [sys.executable, "-m", "tests.corpus.opponents", *asked]
    own = environment(costs)
    done = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, timeout=ENDS, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-300:])
    events = json.loads(done.stdout.splitlines()[-1])
    calls = read(costs)
    true = {fault.line: [cost] for fault in case.faults if (cost := summed(calls, fault.line))}
    said = [_said(case, event) for event in events]
    return judged(case.at(runtime), said, true), said


def one(asked: Asked) -> Result:
    """What another tool says of one program."""
    with folder() as place:
        return result(asked, lambda asked: said_by(asked.tool, asked.case, asked.runtime, Path(place)))


def blocks(case: Case) -> bool:
    """Whether a program is sound or blocks a loop."""
    return all({"blocked-loop", "not-patched"} & fault.kinds and fault.how for fault in case.faults)


def _row(name: str, some: list[Result]) -> list[str]:
    faulty, sound = [one for one in some if not one.sound], [one for one in some if one.sound]
    errors = [error for one in faulty for error in one.verdict.errors]
    return [
        name,
        str(sum(one.verdict.faults for one in faulty)),
        str(sum(max(one.verdict.found, bool(one.verdict.false)) for one in faulty)),
        str(sum(one.verdict.right for one in faulty)),
        str(sum(bool(one.verdict.false) for one in faulty)),
        f"{sum(bool(one.verdict.false) for one in sound)} of {len(sound)}",
        f"{median(errors):.1%}" if errors else "-",
        str(sum(one.reason is not None for one in some)),
    ]


HEAD = ["tool, runtime", "planted", "found", "right line", "other line", "false in sound", "error of cost", "failed"]


def table(rows: list[Result]) -> str:
    """A row for each runtime and tool, `explain` first."""
    known = {(one.tool, one.runtime) for one in rows}
    order = [(tool, runtime) for runtime in ("asyncio", "uvloop", "trio", "gevent", "gevent-patched")
             for tool in ("explain", *TOOLS) if (tool, runtime) in known]  # fmt: skip
    lines = [
        _row(f"{tool}, {runtime}", [one for one in rows if (one.tool, one.runtime) == (tool, runtime)])
        for tool, runtime in order
    ]
    return tabulate(lines, HEAD, disable_numparse=True)


@click.command()
@click.option("--tool", "tools", multiple=True, type=click.Choice(list(TOOLS)), help="Beside `explain`. Default: all.")
@click.option("--runtime", "runtimes", multiple=True, type=click.Choice(RUNTIMES), help="Default: all.")
@click.option("--only", default="", help="Programs whose name has this in it.")
@click.option("--once", is_flag=True, help="Each program under one of its runtimes, by turns.")
@click.option("--jobs", default=1, help="How many at a time.")
@click.option("--file", type=click.Path(path_type=Path), default=FILE, help="Where results are kept.")
@click.option("--explained", type=click.Path(path_type=Path), default=EXPLAINED, help="What `tests.corpus` kept.")
def main(
    tools: tuple[str, ...], runtimes: tuple[str, ...], only: str, once: bool, jobs: int, file: Path, explained: Path
) -> None:
    """Put `explain` and the other tools side by side, over the corpus: each is run where its result is not kept."""
    pairs = [pair for pair in chosen(runtimes, only, once) if blocks(pair[0])]
    asked = [Asked(tool, *pair) for tool in tools or TOOLS for pair in pairs if pair[1] in TOOLS[tool][1]]
    rows = results([Asked("explain", *pair) for pair in pairs], ours, jobs, explained)
    click.echo(table([*rows, *results(asked, one, jobs, file)]))


if __name__ == "__main__":
    main()
