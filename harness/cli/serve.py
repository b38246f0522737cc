"""`harness serve`."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import click

from harness import errors
from harness.cli import complete
from harness.cli.options import param_option
from harness.cli.terminal import signals

if TYPE_CHECKING:
    from harness.record.plan import Plan

STOP_SECONDS = 10.0


@click.command("serve")
@click.option(
    "-s",
    "--strategy",
    default="gevent",
    show_default=True,
    help="The strategy that serves.",
    shell_complete=complete.one_of(complete.strategies),
)
@click.option(
    "-W",
    "--workload",
    default="echo",
    show_default=True,
    help="What it serves.",
    shell_complete=complete.one_of(complete.workloads),
)
@param_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="The port; 0 for any.")
@click.option("--allow-remote", is_flag=True, help="Listen on an address that other machines can reach.")
@click.option("--concurrency", type=click.IntRange(1), help="Most connections at a time.  [default: no limit]")
def command(
    strategy: str, workload: str, options: tuple[str, ...], host: str, port: int, allow_remote: bool,
    concurrency: int | None,
) -> None:  # fmt: skip
    """Serve a workload under a strategy, for anybody's client, until Ctrl-C.

    \b
    python -m harness serve -s gevent -W echo --port 8080
    printf 'hello' | nc -N 127.0.0.1 8080"""
    from harness import api
    from harness.plan.request import Request

    if not (allow_remote or loopback(host)):
        raise errors.HarnessError(f"--host {host} is no loopback address: say --allow-remote if others may reach it")
    with signals():
        request = Request((strategy,), (workload,), (*options, "side=server"), concurrency=concurrency)
        try:
            with api.described(request) as made:
                _serve(made, host, port, concurrency)
        except errors.HarnessError as wrong:
            if str(wrong).startswith("unknown option 'side'"):
                raise errors.HarnessError(f"{workload} has no server's side; echo and http have one") from None
            raise


def _serve(made: Plan, host: str, port: int, concurrency: int | None) -> None:
    """Serve until somebody stops it. Raises HarnessError."""
    from harness.process.channel import Failure
    from harness.process.paths import of_asker
    from harness.process.workers import Worker, prepare

    if len(made.strategies) * len(made.groups) != 1:
        raise errors.HarnessError("serve takes one strategy and one workload, with one value of each option")
    group, found = made.groups[0], made.strategies[0]
    for one in (found, group):
        if one.status != "ok":
            raise errors.IncompleteError(f"{found.name}, {group.workload}: {one.status}: {one.reason}")
    worker = Worker(found)
    try:
        cell = {"workload": group.target, "options": group.options, "tasks": 1, "concurrency": concurrency}
        worker.prepare(prepare(found, **cell, address=(host, port), paths=of_asker()))
        host, port = worker.prepared()["address"]
        click.echo(f"{found.name} serves {group.workload} on {host}:{port}; Ctrl-C stops it", err=True)
        worker.stopped()
    except errors.Interrupted:
        worker.stop_serving(STOP_SECONDS)
    except Failure as failure:
        if failure.status == "usage":
            raise errors.HarnessError(str(failure)) from None
        raise errors.IncompleteError(f"{found.name}: {failure}") from None
    finally:
        worker.stop()


def loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
