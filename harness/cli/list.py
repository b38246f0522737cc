"""`harness list`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from harness import api, errors
from harness.cli.destination import say
from harness.cli.options import (
    check_format,
    format_option,
    json_option,
    quiet_option,
    results_option,
    strategy_option,
    wait_option,
)
from harness.cli.terminal import Left, fail, form, progress, signals

if TYPE_CHECKING:
    from harness.process.workers import Described


class Listing(NamedTuple):
    """What there is of a kind: as JSON, and as a table."""

    items: list[dict[str, Any]]
    headings: Sequence[str]
    rows: list[list[str]]


@click.command("list")
@click.argument("what", type=click.Choice(["strategies", "workloads", "runs", "variants"]))
@click.option("--measured", is_flag=True, help="Of strategies: what each is like, by experiments that are run here.")
@click.option("--again", is_flag=True, help="With --measured: run them again, though their results are kept.")
@strategy_option()
@wait_option
@quiet_option
@results_option
@format_option
@json_option
def command(
    what: str, measured: bool, again: bool, strategies: tuple[str, ...], wait: bool | float, quiet: bool, results: Path,
    tablefmt: str | None, json_path: str | None,
) -> None:  # fmt: skip
    """List what there is.

    `list strategies --measured` runs experiments, which takes about a minute: whether a task that waits lets the others
    run, which updates are lost without a lock, threads, cores, and what a switch and a task cost. Their records are
    kept in the user's cache, and shown from there the next time."""
    check_format(tablefmt)
    if measured:
        list_measured(what, strategies, again, wait, quiet, tablefmt, json_path)
        return
    if again or strategies:
        raise errors.HarnessError("--again and --strategy are for list strategies --measured")
    if wait and what not in ASKED:
        raise errors.HarnessError(f"--wait: list {what} starts nothing that could disturb another run")
    from harness.report.columns import listed

    if what in ASKED:
        with signals(), progress(quiet, "auto") as tell:
            found = ASKED[what](wait, tell)
    else:
        found = list_runs(results) if what == "runs" else list_variants()
    say({"schema": 1, what: found.items}, json_path, lambda: listed(found.headings, found.rows, form(tablefmt)))


def list_measured(
    what: str,
    names: tuple[str, ...],
    again: bool,
    wait: bool | float,
    quiet: bool,
    tablefmt: str | None,
    json_path: str | None,
) -> None:
    """Each strategy with its properties, as they were measured here."""
    import msgspec

    from harness.properties.measure import measured
    from harness.report.properties import shown

    if what != "strategies":
        raise errors.HarnessError(f"list {what} --measured: it is of strategies: list strategies --measured")
    with signals() as stopped, progress(quiet, "auto") as tell:
        found = measured(names or ("all",), again, wait, tell)
    say(msgspec.to_builtins(found), json_path, lambda: shown(found, form(tablefmt)))
    if stopped.status:
        fail(f"interrupted; what was measured by then is kept in {found.folder}", stopped.status)
    findings = [cell.finding.status for one in found.strategies for cell in one.properties.values()]
    if set(findings) & {"failed", "timeout", "invalid"} or not findings:
        raise Left(errors.INCOMPLETE)


def list_strategies(wait: bool | float, tell: api.Tell) -> Listing:
    """Each strategy, and whether it can be used here."""
    known = api.known("strategies", wait, tell)
    items = [_described(*one) | {"options": getattr(one[2], "options", [])} for one in known]
    return Listing(items, ("strategy", "what it is"), [[one["name"], _summary(one)] for one in items])


def list_workloads(wait: bool | float, tell: api.Tell) -> Listing:
    """Each workload with its options and their defaults."""
    known = api.known("workloads", wait, tell)
    items = [_described(*one) | {"options": getattr(one[2], "known", {})} for one in known]
    rows = [
        [one["name"], _summary(one), " ".join(f"{option}={value}" for option, value in one["options"].items())]
        for one in items
    ]
    return Listing(items, ("workload", "what each task does", "options"), rows)


def list_runs(results: Path) -> Listing:
    """Each stored run; a file that is no record says so."""
    from harness.record import store

    items = [_run(path) for path in store.runs(results)]
    rows = [
        [
            one["run"],
            one["name"] or "",
            one["reason"] or one["status"],
            " ".join(one["workloads"]),
            " ".join(one["strategies"]),
        ]
        for one in items
    ]
    return Listing(items, ("run", "name", "status", "workloads", "strategies"), rows)


def list_variants() -> Listing:
    """The environments and worktrees that are kept, and where: remove a folder to be rid of it."""
    from harness.variants import build as variants

    items = [{"kept": kind, "for": about, "folder": folder} for kind, about, folder in variants.kept()]
    return Listing(items, ("kept", "for", "folder"), [list(one.values()) for one in items])


ASKED = {"strategies": list_strategies, "workloads": list_workloads}
"""What workers are asked for, which must disturb no run."""


def _described(name: str, target: str, said: Described) -> dict[str, Any]:
    """What a worker said of a strategy or workload."""
    from harness.measure.cell import status_of

    about = {"name": name, "target": target, "status": "ok", "reason": None, "summary": getattr(said, "summary", None)}
    return about | ({"status": status_of(said), "reason": str(said)} if isinstance(said, Exception) else {})


def _summary(item: dict[str, Any]) -> str:
    return str(item["summary"]) if item["status"] == "ok" else f"{item['status']}: {item['reason']}"


def _run(path: Path) -> dict[str, Any]:
    from harness.record import store

    item: dict[str, Any] = {"run": path.stem, "name": None, "taken_at": None, "status": "unreadable", "reason": None}
    item |= {"workloads": [], "strategies": [], "file": str(path)}
    try:
        record = store.read(path)
    except errors.HarnessError as error:
        return item | {"reason": str(error)}
    plan = record.header.plan
    return item | {
        "run": record.header.run,
        "name": record.header.name,
        "taken_at": record.header.taken_at,
        "status": record.end.status if record.end else "partial",
        "workloads": list(dict.fromkeys(group.workload for group in plan.groups)),
        "strategies": [strategy.name for strategy in plan.strategies],
    }
