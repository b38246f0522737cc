"""`harness list`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from harness import api, errors
from harness.cli.options import check_format, format_option, json_option, results_option
from harness.cli.terminal import form, say

if TYPE_CHECKING:
    from harness.process.workers import Described


class Listing(NamedTuple):
    """What there is of a kind: as JSON, and as a table."""

    items: list[dict[str, Any]]
    headings: Sequence[str]
    rows: list[list[str]]


@click.command("list")
@click.argument("what", type=click.Choice(["strategies", "workloads", "runs", "variants"]))
@results_option
@format_option
@json_option
def command(what: str, results: Path, tablefmt: str | None, json_path: str | None) -> None:
    """List what there is."""
    check_format(tablefmt)
    from harness.report.columns import filled

    found = list_runs(results) if what == "runs" else LISTS[what]()
    say({"schema": 1, what: found.items}, json_path, lambda: filled(found.headings, found.rows, form(tablefmt)))


def list_strategies() -> Listing:
    """Each strategy, and whether it can be used here."""
    items = [_described(*one) for one in api.known("strategies")]
    return Listing(items, ("strategy", "what it is"), [[one["name"], _summary(one)] for one in items])


def list_workloads() -> Listing:
    """Each workload with its options and their defaults."""
    known = api.known("workloads")
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


LISTS = {"strategies": list_strategies, "workloads": list_workloads, "variants": list_variants}


def _described(name: str, target: str, said: Described) -> dict[str, Any]:
    """What a worker said of a strategy or workload."""
    about = {"name": name, "target": target, "status": "ok", "reason": None, "summary": getattr(said, "summary", None)}
    return about | ({"status": said.status, "reason": str(said)} if isinstance(said, Exception) else {})


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
