"""`harness doctor`."""

from __future__ import annotations

import click

from harness.cli.options import check_format, format_option


@click.command()
@format_option
def doctor(tablefmt: str) -> None:
    """Say what is installed, what the limits are, how quiet the machine is, and which variants are kept."""
    from tabulate import tabulate

    from harness.machine import host, limits
    from harness.variants import build as variants

    check_format(tablefmt)
    allowed = limits.here()
    installed = host.versions()
    rows = [[name.replace("_", " "), value] for name, value in host.facts().items()]
    rows += [["file descriptors", f"{allowed.descriptors:,}"], ["threads", f"{allowed.threads:,}"]]
    rows += [["ports to one address", f"{allowed.ports:,}"]]
    rows += [["noise", f"equal loops differ by {host.noise():.0%}"]]
    rows += [[name, installed.get(name, f"not installed (pip install {name})")] for name in host.LIBRARIES]
    rows += [[f"{kind} kept", f"{about} ({folder})"] for kind, about, folder in variants.kept()]
    click.echo(tabulate(rows, tablefmt=tablefmt, disable_numparse=True))
