"""`harness trace`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness import errors
from harness.cli import complete, destination
from harness.cli.destination import put, say
from harness.cli.options import (
    Name,
    color_option,
    concurrency_option,
    json_option,
    memory_limit_option,
    param_option,
    quiet_option,
    tasks_option,
    wait_option,
)
from harness.cli.terminal import Left, blocks_shown, coloured, columns, echo, fail, progress, signals
from harness.text import readable

if TYPE_CHECKING:
    from harness.tracing.document import Trace

FORMS = ("chrome", "svg")


@click.command("trace")
@click.option(
    "-s",
    "--strategy",
    type=Name(),
    metavar="NAME",
    help="The strategy: a name, module:Class or file.py:Class.",
    shell_complete=complete.one_of(complete.strategies),
)
@click.option(
    "-W",
    "--workload",
    type=Name(),
    metavar="NAME",
    help="The workload: a name, module:function or file.py:function.",
    shell_complete=complete.one_of(complete.workloads),
)
@param_option
@tasks_option
@concurrency_option
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    metavar="S",
    help="Seconds that the round may take.",
)
@memory_limit_option
@click.option(
    "--to",
    "files",
    type=(click.Choice(FORMS), str),
    multiple=True,
    metavar="FORM FILE",
    help="Write it as chrome (a Chrome trace, for ui.perfetto.dev or vizviewer) or as svg; - is stdout. Repeatable.",
)
@wait_option
@quiet_option
@color_option
@json_option
def command(
    strategy: str | None, workload: str | None, files: tuple[tuple[str, str], ...], json_path: str | None, quiet: bool,
    color: str, **asked: Any,
) -> None:  # fmt: skip
    """Show who ran when: one round of a workload under a strategy, task by task.

    Each task says when it started, what it waited for, when it ran again, and what it noted (io.note("eat 1")). Nothing
    is timed. Exit status 3 where the round failed, hung or was not to be had: what was seen so far is shown.

    \b
    python -m harness trace -s gevent -W sleep --tasks 2
    python -m harness trace -s threads -W ./jobs.py:fetch --tasks 5 --to chrome trace.json"""
    from harness.tracing.run import trace

    check(strategy, workload, files, json_path)
    with signals() as stopped, progress(quiet, color) as tell:
        tell("tracing")
        said = trace(workload or "", strategy=strategy or "", tell=tell, **asked)
    show(said, files, json_path, color)
    if stopped.status:
        fail("interrupted", stopped.status)
    if said.status != "ok":
        raise Left(errors.INCOMPLETE)


def check(
    strategy: str | None, workload: str | None, files: tuple[tuple[str, str], ...], json_path: str | None
) -> None:
    """Raise HarnessError where something is not said that nobody can guess, or where a file cannot be."""
    from harness.plan import catalogue

    if not strategy:
        raise errors.HarnessError(
            f"trace: which strategy? Name one, such as -s gevent; there are {', '.join(catalogue.strategy_targets())}"
        )
    if not workload:
        raise errors.HarnessError(
            "trace: which workload? Name one, such as -W sleep or -W ./jobs.py:task; "
            f"there are {', '.join(catalogue.workload_targets())}"
        )
    paths = [path for _, path in files] + ([json_path] if json_path else [])
    if paths.count("-") > 1:
        raise errors.HarnessError("--to and --json: only one of them can go to stdout (-)")
    for path in paths:
        if path != "-":
            destination.check("--json" if path == json_path else "--to", Path(path))


def show(said: Trace, files: tuple[tuple[str, str], ...], json_path: str | None, color: str) -> None:
    """Print a trace, and write it as files."""
    import msgspec

    from harness.page.timeline import svg
    from harness.report.timeline import chrome
    from harness.report.timeline.text import screen

    texts: dict[str, Callable[[Trace], str]] = {"chrome": chrome.text, "svg": svg}
    for form, path in files:
        if path != "-":
            put(Path(path), readable(texts[form](said)).encode())
    printed = next((form for form, path in files if path == "-"), None)
    if printed:
        echo(texts[printed](said), nl=False)
        return
    say(
        msgspec.to_builtins(said),
        json_path,
        lambda: screen(said, columns(sys.stdout), plain=not blocks_shown(), colour=coloured(color)),
    )
