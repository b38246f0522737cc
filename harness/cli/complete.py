"""What a shell offers for the value of an option. Nothing is started for it, and no plug-in is imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

Values = Callable[[click.Context], Iterable[str]]
Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem[Any]]]
PLAIN = "_@%+=:,./-"
"""What no shell takes for more than a character, beside letters and digits."""
MOST_NAMED = 200
"""Of so many runs, the latest, the names are read that `--name` gave them."""


def one_of(values: Values) -> Complete:
    """The values that begin as what is typed."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[Any]]:
        return [CompletionItem(value) for value in _offered(values, ctx) if value.startswith(incomplete)]

    return complete


def some_of(values: Values) -> Complete:
    """The same, of the part after the last comma: what is already in the list is not offered again. Where a file is
    begun, files."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[Any]]:
        before, comma, last = incomplete.rpartition(",")
        if last.startswith((".", "/", "~")):
            return [] if comma else [CompletionItem(incomplete, type="file")]
        named = before.split(",")
        found = (value for value in _offered(values, ctx) if value.startswith(last) and value not in named)
        return [CompletionItem(before + comma + value) for value in found]

    return complete


def folders(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[Any]]:
    """The shell's own folders."""
    return [CompletionItem(incomplete, type="dir")]


def strategies(ctx: click.Context) -> Iterable[str]:
    """All strategies, those of other packages as well."""
    from harness.plan import catalogue

    return ["usual", "all", *catalogue.strategy_targets()]


def workloads(ctx: click.Context) -> Iterable[str]:
    """All workloads, those of other packages as well."""
    from harness.plan import catalogue

    return catalogue.workload_targets()


def references(ctx: click.Context) -> Iterable[str]:
    """The strategies that the command line names (or all), and the variants."""
    from harness.plan.request import Request, check

    named = check(Request(ctx.params.get("strategies") or ("usual",)))
    variants = [text.partition("=")[0] for text in ctx.params.get("variants") or ()]
    return [*variants, *(name for name, _ in named.strategies)]


def rows(ctx: click.Context) -> Iterable[str]:
    """The strategies of the run that the command line names."""
    from harness import api

    said = api.read(ctx.params.get("run") or api.LATEST, ctx.params.get("results"))
    return list(dict.fromkeys(row.name for group in said.groups for row in group.rows))


def charts(ctx: click.Context) -> Iterable[str]:
    """The charts of the run that the command line names: their kinds, then each."""
    from harness import api
    from harness.page import exported
    from harness.page.charts import KINDS

    said = api.read(ctx.params.get("run") or api.LATEST, ctx.params.get("results"))
    return [*KINDS, *(one.name for one in exported.of_run(said))]


def runs(ctx: click.Context) -> Iterable[str]:
    """The latest run first, then the names that runs were given, then runs by their moments."""
    from harness.plan import project
    from harness.record import store

    paths = list(store.runs(ctx.params.get("results") or project.results()))[::-1]
    given = dict.fromkeys(_name(path) for path in paths[:MOST_NAMED])
    return ["latest", *(name for name in given if name), *(path.stem for path in paths)]


def formats(ctx: click.Context) -> Iterable[str]:
    """What tabulate can write."""
    from tabulate import tabulate_formats

    return list(tabulate_formats)


def _name(path: Path) -> str:
    from harness.errors import HarnessError
    from harness.record import store

    try:
        return store.read_header(path).name or ""
    except HarnessError:
        return ""


def _offered(values: Values, ctx: click.Context) -> Iterable[str]:
    """Those that stand on a command line as they are: bash quotes none, so that what others called a run would be
    words of their own, or a command."""
    return [value for value in _quietly(values, ctx) if all(one.isalnum() or one in PLAIN for one in value)]


def _quietly(read: Callable[[Any], Any], of: Any) -> Any:
    """What can be had; nothing where that fails: a traceback in the middle of a command line would help nobody."""
    try:
        return read(of)
    except Exception:
        return []
