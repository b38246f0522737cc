"""Whatever function is drawn: a row that is `ok` did its whole work in each round, or says what it left.

`python -m tests.own_code.drawn` makes 2,000 draws, and goes on where it was stopped; what came of them is kept in
`tests/own_code/drawn.jsonl`, a line for each hundred. Remove the file when what it proves has changed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from harness.plan.catalogue import several
from tests.own_code.grammar import FUNCTIONS, HEADER, Drawn

KEPT = Path(__file__).with_name("drawn.jsonl")
TASKS = 3
AT_ONCE, PORTION = 10, 100
"""Functions in one run, and draws in a portion."""
LEFT = re.compile(
    r"after its rounds ([\d,]+) (?:threads?|child process(?:es)?|asyncio tasks?|greenlets?) (?:was|were) "
    r"(?:still running|not waited for|not finished)"
)
"""How a row says what of its tasks' work goes on after them, and how much of it."""


class Outcome(NamedTuple):
    """What came of one function under one strategy; `wrong` is empty where all is as it must be."""

    status: str
    wrong: str
    source: str


def whole(marks: bytes, rounds: int, left: int = 0) -> str:
    """Why the marks of one worker are not those of so many whole rounds, in a line; else nothing. `left`: how many
    works the row says were left running, whose marks may be anywhere or missing."""
    begun, done = marks.count(b"b"), marks.count(b"d")
    if begun > rounds * TASKS or not rounds * TASKS - left <= done <= begun or (begun > done and not left):
        return f"{begun} begun and {done} done of {rounds} rounds of {TASKS}, {left} left"
    places = [place for place, mark in enumerate(marks) if mark == ord("b")]
    for first in () if left else range(0, begun, TASKS):
        if (lacking := first - marks[: places[first]].count(b"d")) > 0:
            return f"a round began when {lacking} tasks of those before were not done"
    return ""


def judged(row: dict[str, Any], samples: Sequence[dict[str, Any]], marks: Sequence[bytes]) -> str:
    """What is wrong with a row: it is `ok`, and its work is not whole, and it does not say how much of it it left."""
    if row["status"] != "ok":
        return "" if row["reason"] else "no reason"
    (sample,) = samples
    (made,) = marks or [b""]
    every = [*sample["warmups"], *sample["rounds"], *([sample["observed"]] if sample["observed"] else [])]
    beside = any(round["cpu_children_seconds"] for round in every)  # once more, for the memory of its children
    left = sum(int(found[1].replace(",", "")) for warning in row["warnings"] for found in LEFT.finditer(warning))
    return whole(made, len(every) + beside, left)


def tried(functions: Sequence[Drawn], strategy: str) -> list[Outcome]:
    """Measure them in one run of one strategy, in a folder of its own."""
    sources = [function.source(f"f{number}") for number, function in enumerate(functions)]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "marks").mkdir()
        (folder / "drawn.py").write_text("\n\n".join([HEADER, *sources]))
        chosen = [word for number in range(len(functions)) for word in ("-W", f"./drawn.py:f{number}")]
        sizes = ["--tasks", str(TASKS), "--blocks", "1", "-r", "1", "-w", "1", "--timeout", "5"]
        done = subprocess.run(
            [sys.executable, "-m", "harness", "run", "-q", "--wait", "-s", strategy, *chosen, *sizes, "--json", "-"],
            cwd=folder, env=os.environ | {"MARKS": str(folder / "marks")}, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        if done.returncode not in (0, 3):
            return [Outcome("none", f"status {done.returncode}: {done.stderr[-300:]}", "\n".join(sources))]
        (record,) = (folder / "results").iterdir()
        lines = [json.loads(line) for line in record.read_text().splitlines()]
        outcomes = []
        for number, group in enumerate(json.loads(done.stdout)["groups"]):
            (row,) = group["rows"]
            samples = [line for line in lines if line["kind"] == "sample" and line["group"] == number]
            marks = [path.read_bytes() for path in (folder / "marks").glob(f"f{number}.*")]
            wrong = judged(row, [one for one in samples if one["status"] == "ok"], marks)
            outcomes.append(Outcome(row["status"], wrong, f"# {strategy}\n{sources[number]}"))
        return outcomes


BATCHES = st.tuples(
    st.lists(FUNCTIONS, min_size=AT_ONCE, max_size=AT_ONCE, unique=True), st.sampled_from(sorted(several("usual")))
)


def portion(number: int, draws: int = PORTION) -> list[Outcome]:
    """So many draws, which are those of this number."""
    outcomes: list[Outcome] = []

    @seed(number)
    @settings(
        max_examples=draws // AT_ONCE, database=None, phases=[Phase.generate], deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(BATCHES)
    def draw(batch: tuple[list[Drawn], str]) -> None:
        outcomes.extend(tried(*batch))

    draw()
    return outcomes


def smallest(outcomes: Sequence[Outcome]) -> str:
    """The shortest function that came out wrong, and why; nothing where none did."""
    wrong = sorted((outcome for outcome in outcomes if outcome.wrong), key=lambda outcome: len(outcome.source))
    return f"{len(wrong)} of {len(outcomes)}: {wrong[0].wrong}\n{wrong[0].source}" if wrong else ""


@click.command()
@click.option("--draws", default=2000)
@click.option("--kept", type=click.Path(dir_okay=False, path_type=Path), default=KEPT)
def main(draws: int, kept: Path) -> None:
    """Make what is still to be made, and print what came of all."""
    os.environ.setdefault("HARNESS_LOCK", "drawn")
    made = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    for number in range(len(made), draws // PORTION):
        outcomes = portion(number)
        wrong = [outcome._asdict() for outcome in outcomes if outcome.wrong]
        made.append({"seed": number, "statuses": Counter(one.status for one in outcomes), "wrong": wrong})
        with kept.open("a") as file:
            file.write(json.dumps(made[-1]) + "\n")
        click.echo(f"{number}: {made[-1]['statuses']}, {len(wrong)} wrong", err=True)
    statuses: Counter[str] = sum((Counter(one["statuses"]) for one in made), Counter())
    click.echo(f"{statuses.total()} draws: {dict(statuses)}")
    click.echo(smallest([Outcome(**one) for part in made for one in part["wrong"]]) or "none was wrong")


if __name__ == "__main__":
    main()
