"""`harness list`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from harness import errors
from harness.cli.options import check_format, format_option, results_option


@click.command("list")
@click.argument("what", type=click.Choice(["strategies", "workloads", "runs", "variants"]))
@results_option
@format_option
def list_(what: str, results: Path, tablefmt: str) -> None:
    """List what there is."""
    from tabulate import tabulate

    check_format(tablefmt)
    if what == "runs":
        headings, rows = list_runs(results)
    elif what == "variants":
        headings, rows = list_variants()
    else:
        headings, rows = list_strategies() if what == "strategies" else list_workloads()
    click.echo(tabulate(rows, headings, tablefmt=tablefmt, disable_numparse=True))


def list_strategies() -> tuple[Sequence[str], list[list[str]]]:
    """Each strategy, and whether it can be used here."""
    from harness.plan import catalogue
    from harness.process import launch

    known = catalogue.strategy_targets()
    answers = launch.describe([{"do": "describe strategy", "target": target} for target in known.values()])
    return ("strategy", "what it is"), [
        [name, answer["ready"]["summary"] if "ready" in answer else f"{answer['status']}: {answer['reason']}"]
        for name, answer in zip(known, answers, strict=True)
    ]


def list_workloads() -> tuple[Sequence[str], list[list[str]]]:
    """Each workload with its options and their defaults."""
    from harness.plan import catalogue
    from harness.process import launch

    known = catalogue.workload_targets()
    asked: dict[str, Any] = {"do": "describe workload", "options": [], "tasks": None, "concurrency": None}
    answers = launch.describe([asked | {"target": target} for target in known.values()])
    rows = []
    for name, answer in zip(known, answers, strict=True):
        if "ready" in answer:
            options = " ".join(f"{option}={value}" for option, value in answer["ready"]["known"].items())
            rows.append([name, answer["ready"]["summary"], options])
        else:
            rows.append([name, f"{answer['status']}: {answer['reason']}", ""])
    return ("workload", "what each task does", "options"), rows


def list_runs(results: Path) -> tuple[Sequence[str], list[list[str]]]:
    """Each stored run; a file that is no record says so."""
    from harness.record import store

    rows = []
    for path in store.runs(results):
        try:
            record = store.read(path)
        except errors.HarnessError as error:
            rows.append([path.stem, "", str(error), "", ""])
            continue
        plan = record.header.plan
        rows.append(
            [
                record.header.run,
                record.header.name or "",
                record.end.status if record.end else "partial",
                " ".join(dict.fromkeys(group.workload for group in plan.groups)),
                " ".join(strategy.name for strategy in plan.strategies),
            ]
        )
    return ("run", "name", "status", "workloads", "strategies"), rows


def list_variants() -> tuple[Sequence[str], list[list[str]]]:
    """The environments and worktrees that are kept, and where: remove a folder to be rid of it."""
    from harness.variants import build as variants

    return ("kept", "for", "folder"), [list(one) for one in variants.kept()]
