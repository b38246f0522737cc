"""`harness doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness import api, errors
from harness.cli.destination import say
from harness.cli.options import check_format, format_option, json_option, results_option, wait_option
from harness.cli.terminal import Left, fail, form, progress, signals

if TYPE_CHECKING:
    from harness.machine.fitness import Check

FIT = {"good": "yes", "poor": "yes, and better if this is changed:", "bad": "no, until this is changed:"}
"""Whether this machine can measure."""


@click.command("doctor")
@click.option("--strict", is_flag=True, help="End with status 3 where this machine cannot measure.")
@wait_option
@results_option
@format_option
@json_option
def command(strict: bool, wait: bool | float, results: Path, tablefmt: str | None, json_path: str | None) -> None:
    """Say whether this machine can measure, how quiet it is, what its limits are, and what is installed.

    The last lines say whether it can at all, which a worker tries with one task, and what to change."""
    from msgspec import to_builtins

    from harness.machine import fitness, host, limits, lock
    from harness.report.columns import listed
    from harness.variants import build as variants

    check_format(tablefmt)
    allowed = limits.here()
    installed = host.versions()
    with signals() as stopped, progress(False, "auto") as tell:
        measured = tried(wait, tell)
        with lock.machine(wait, tell):
            loops = host.loops()
    if stopped.status:
        fail("interrupted", stopped.status)
    found = [*fitness.checks(results, allowed, loops), measured]
    fit = fitness.overall(found)
    said = {
        "schema": 1,
        "host": host.facts(),
        "limits": vars(allowed),
        "noise": max(loops) / min(loops) - 1,
        "libraries": {name: installed.get(name) for name in host.LIBRARIES},
        "kept": [{"kind": kind, "for": about, "folder": folder} for kind, about, folder in variants.kept()],
        "fit": fit,
        "checks": to_builtins(found),
    }
    say(said, json_path, lambda: listed(("", ""), rows(said), form(tablefmt)))
    if strict and fit == "bad":
        raise Left(errors.INCOMPLETE)


def tried(wait: bool | float, tell: api.Tell) -> Check:
    """Whether a worker measures one task, into a record that is gone afterwards. Raises BusyError."""
    from harness.cli.faults import refusal
    from harness.machine.fitness import Check
    from harness.machine.lock import BusyError
    from harness.process.folders import temporary

    about = "a task"
    try:
        with temporary() as folder:
            sizes: dict[str, Any] = {"tasks": 1, "blocks": 1, "rounds": 1, "warmup": 0}
            said = api.run("noop", strategies="sequential", **sizes, results=folder, wait=wait, tell=tell)
    except BusyError:
        raise
    except errors.HarnessError as wrong:
        return Check(about, "bad", str(wrong))
    except OSError as error:
        return Check(about, "bad", refusal(error))
    (row,) = said.groups[0].rows
    if row.status == "ok":
        return Check(about, "good", "a worker ran it")
    return Check(about, "bad", f"{row.status}: {row.reason}")


def rows(said: dict[str, Any]) -> Iterator[list[str]]:
    """What is said, a line for each fact; what to change comes last."""
    from harness.statistics.shell import of_run

    for name, value in said["host"].items():
        if name != "shell":
            yield [name.replace("_", " "), str(value)]
    for text in of_run(said["host"]):
        yield ["shell", text]
    yield ["file descriptors", f"{said['limits']['descriptors']:,}"]
    yield ["threads", f"{said['limits']['threads']:,}"]
    yield ["ports to one address", f"{said['limits']['ports']:,}"]
    yield ["noise", f"equal loops differ by {said['noise']:.0%}"]
    for name, version in said["libraries"].items():
        yield [name, version or f"not installed (pip install {name})"]
    for kept in said["kept"]:
        yield [f"{kept['kind']} kept", f"{kept['for']} ({kept['folder']})"]
    yield ["can it measure", FIT[said["fit"]]]
    for fit in ("bad", "poor"):
        for check in said["checks"]:
            if check["fit"] == fit:
                yield [check["about"], "; ".join(filter(None, (check["found"], check["change"])))]
