"""`harness compare`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import complete
from harness.cli.options import check_format, format_option, json_option, results_option
from harness.cli.terminal import say


@click.command("compare")
@click.argument("then", shell_complete=complete.one_of(complete.runs))
@click.argument("now", default="latest", shell_complete=complete.one_of(complete.runs))
@results_option
@format_option
@json_option
def command(then: str, now: str, results: Path, tablefmt: str, json_path: str | None) -> None:
    """Put two stored runs side by side: the start of their names, their --name, files, or latest.

    They were not measured in the same blocks, so no verdict comes of it: hints. Runs of different machines or of
    workloads that have changed are refused."""
    from harness.record import store
    from harness.report import comparison

    check_format(tablefmt)
    records = [store.read(store.find(results, name)) for name in (then, now)]
    groups = comparison.comparison(*records)
    said = {"schema": 1, "then": records[0].header.run, "now": records[1].header.run, "weaker": True, "groups": groups}
    remarks = list(comparison.remarks(records[0], records[1], groups))
    said["remarks"] = remarks
    say(said, json_path, lambda: "\n".join([comparison.tables(groups, tablefmt), *remarks]))
