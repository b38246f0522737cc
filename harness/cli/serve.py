"""`harness serve`."""

from __future__ import annotations

import ipaddress

import click

from harness import errors
from harness.cli import complete
from harness.cli.options import param_option, wait_option
from harness.cli.terminal import note, progress, signals


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
@wait_option
def command(
    strategy: str, workload: str, options: tuple[str, ...], host: str, port: int, allow_remote: bool,
    concurrency: int | None, wait: bool | float,
) -> None:  # fmt: skip
    """Serve a workload under a strategy, for anybody's client, until Ctrl-C.

    \b
    python -m harness serve -s gevent -W echo --port 8080
    printf 'hello' | nc -N 127.0.0.1 8080
    python -m harness serve -s asyncio -W http --port 8080 -P size=100
    curl http://127.0.0.1:8080/"""
    from harness import api
    from harness.plan.chosen import UnknownOptionError
    from harness.plan.request import Request

    if not (allow_remote or loopback(host)):
        raise errors.HarnessError(f"--host {host} is no loopback address: say --allow-remote if others may reach it")
    request = Request((strategy,), (workload,), (*options, "side=server"), concurrency=concurrency)
    with signals(), progress(False, "auto") as tell:
        try:
            api.serve(request, host, port, _listening, wait, tell)
        except UnknownOptionError as wrong:
            if wrong.option == "side":
                raise errors.HarnessError(f"{workload} has no server's side; echo and http have one") from None
            raise


def _listening(strategy: str, workload: str, where: str) -> None:
    note(f"{strategy} serves {workload} on {where}; Ctrl-C stops it")


def loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
