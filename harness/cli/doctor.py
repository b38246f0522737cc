"""`harness doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from harness.cli.options import check_format, format_option, json_option
from harness.cli.terminal import form, say


@click.command("doctor")
@format_option
@json_option
def command(tablefmt: str | None, json_path: str | None) -> None:
    """Say what is installed, what the limits are, how quiet the machine is, and which variants are kept."""
    from harness.machine import host, limits
    from harness.report.columns import filled
    from harness.variants import build as variants

    check_format(tablefmt)
    allowed = limits.here()
    installed = host.versions()
    said = {
        "schema": 1,
        "host": host.facts(),
        "limits": vars(allowed),
        "noise": host.noise(),
        "libraries": {name: installed.get(name) for name in host.LIBRARIES},
        "kept": [{"kind": kind, "for": about, "folder": folder} for kind, about, folder in variants.kept()],
    }
    say(said, json_path, lambda: filled(("", ""), rows(said), form(tablefmt)))


def rows(said: dict[str, Any]) -> Iterator[list[str]]:
    """What is said, a line for each fact."""
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
