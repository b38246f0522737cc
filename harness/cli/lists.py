"""`harness list`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

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
    from harness.process.channel import Failure
    from harness.process.paths import of_asker
    from harness.process.workers import describe
    from harness.worker.messages import DescribeStrategy

    known = catalogue.strategy_targets()
    answers = describe([DescribeStrategy(target) for target in known.values()], of_asker())
    return ("strategy", "what it is"), [
        [name, f"{said.status}: {said}" if isinstance(said, Failure) else said.summary]
        for name, said in zip(known, answers, strict=True)
    ]


def list_workloads() -> tuple[Sequence[str], list[list[str]]]:
    """Each workload with its options and their defaults."""
    from harness.plan import catalogue
    from harness.process.paths import of_asker
    from harness.process.workers import describe
    from harness.worker.messages import DescribeWorkload, WorkloadDescribed

    known = catalogue.workload_targets()
    rows = []
    answers = describe([DescribeWorkload(target) for target in known.values()], of_asker())
    for name, said in zip(known, answers, strict=True):
        if isinstance(said, WorkloadDescribed):
            rows.append([name, said.summary, " ".join(f"{option}={value}" for option, value in said.known.items())])
        else:
            rows.append([name, f"{getattr(said, 'status', '')}: {said}", ""])
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
