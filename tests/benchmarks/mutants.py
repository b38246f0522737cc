"""Whether a test fails where the code is changed: `python -m tests.benchmarks.mutants record` (or gate, runner,
keeper) changes one place at a time in a copy of the tree, a sample of all that cosmic-ray can change, and goes on where
it was stopped.

Needs cosmic-ray on the PATH (`uv tool install cosmic-ray`). What `|` becomes is passed over: in annotations, where
nearly all of them are, nobody evaluates it. What cosmic-ray fails to change (a dotted exception) counts for nothing."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import click

ROOT = Path(__file__).parents[2]


class Part(NamedTuple):
    """What is changed, and the tests that are asked."""

    paths: list[str]
    tests: str


MEASURE, PROCESS = "tests/harness/measure", "tests/harness/process"
RUNNER = ("block", "cell", "ledger", "resume", "run", "schedule", "settle", "standing", "unit")
PARTS = {
    "record": Part(["harness/record"], "tests/harness/record tests/harness/variants/test_build.py"),
    "gate": Part(["harness/gate"], "tests/harness/gate --deselect tests/harness/gate/test_check.py"),
    "runner": Part(
        [f"harness/measure/{name}.py" for name in RUNNER],
        " ".join(
            f"{MEASURE}/test_{name}.py" for name in ("cell", "ledger", "resume", "run", "schedule", "standing", "unit")
        ),
    ),
    "keeper": Part(
        ["harness/process/keeper.py"],
        " ".join(f"{PROCESS}/test_{name}.py" for name in ("keeper", "keeper_alone", "kept", "child")),
    ),
}
CONFIGURATION = """\
[cosmic-ray]
module-path = {paths}
timeout = 240.0
excluded-modules = []
test-command = "env PYTHONPATH={folder}/.editable {python} -m pytest -x -q -p no:cacheprovider {tests}"
distributor.name = "local"
filters.operators-filter.exclude-operators = ["core/ReplaceBinaryOperator_BitOr_.*"]
"""
TREE = "tree.tar"
TABLES = ("mutation_specs", "work_results", "work_items")


def begin(folder: Path, part: Part, number: int, seed: int) -> None:
    """Copy the tree as it was committed, and keep of what can be changed in a part a sample."""
    folder.mkdir(parents=True)
    subprocess.run(["git", "archive", "--output", folder / TREE, "HEAD"], cwd=ROOT, check=True)
    subprocess.run(["tar", "xf", TREE], cwd=folder, check=True)
    said = CONFIGURATION.format(**part._asdict(), folder=folder, python=sys.executable)
    (folder / "mutants.toml").write_text(said)
    for command in (["cosmic-ray", "init", "mutants.toml", "begun"], ["cr-filter-operators", "begun", "mutants.toml"]):
        subprocess.run(command, cwd=folder, check=True)
    with closing(sqlite3.connect(folder / "begun")) as session, session:
        order = "module_path, operator_name, occurrence, start_pos_row, start_pos_col, operator_args"
        every = [job for (job,) in session.execute(f"SELECT job_id FROM mutation_specs ORDER BY {order}")]
        passed_over = {job for (job,) in session.execute("SELECT job_id FROM work_results")}
        left = [job for job in every if job not in passed_over]
        chosen = random.Random(seed).sample(left, min(number, len(left)))
        for table in TABLES:
            out = [(job,) for job in {*every}.difference(chosen)]
            session.executemany(f"DELETE FROM {table} WHERE job_id = ?", out)
    (folder / "begun").rename(folder / "session")


@click.command(help=__doc__)
@click.argument("part", type=click.Choice([*PARTS]))
@click.option("--number", default=60, show_default=True, help="How many changes there are to be.")
@click.option("--seed", default=1, show_default=True, help="Which of all.")
@click.option("--folder", type=click.Path(path_type=Path), help="Of the copy.  [default: /tmp/mutants-PART-SEED]")
def main(part: str, number: int, seed: int, folder: Path | None) -> None:
    if not shutil.which("cosmic-ray"):
        raise click.ClickException("cosmic-ray is not there: uv tool install cosmic-ray")
    folder = (folder or Path(f"/tmp/mutants-{part}-{seed}")).resolve()
    if not (folder / "session").exists():
        shutil.rmtree(folder, ignore_errors=True)
        begin(folder, PARTS[part], number, seed)
    subprocess.run(["tar", "xf", TREE], cwd=folder, check=True)  # whoever was killed has left a change in it
    subprocess.run(["cosmic-ray", "exec", "mutants.toml", "session"], cwd=folder, check=True)
    with closing(sqlite3.connect(folder / "session")) as session:
        found = list(session.execute("SELECT test_outcome, diff FROM work_results WHERE diff IS NOT NULL"))
    survived = [diff for outcome, diff in found if outcome == "SURVIVED"]
    for diff in survived:
        click.echo(diff)
    click.echo(f"{part}: {len(found) - len(survived)} of {len(found)} changes made a test fail")


if __name__ == "__main__":
    main()
