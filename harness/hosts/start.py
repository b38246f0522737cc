"""What measures a request on its hosts."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from harness.hosts import boot, imports, sent
from harness.hosts.apart import Apart
from harness.hosts.client import Wanted
from harness.hosts.crew import Crew, Source
from harness.hosts.fleet import Fleet
from harness.hosts.gather import gathered
from harness.hosts.kinds import Environment
from harness.hosts.run import OnHosts
from harness.hosts.ssh import Ssh
from harness.measure.standing import Enough, Sink
from harness.plan.address import address
from harness.plan.request import Request
from harness.process import paths
from harness.record.plan import Plan
from harness.record.sample import Record


@contextlib.contextmanager
def on_hosts(
    request: Request, plan: Plan, tell: Callable[[str], None], enough: Enough | None = None,
    resumed: Record | None = None, wait: bool | float = False,
) -> Iterator[Callable[[Sink], OnHosts]]:  # fmt: skip
    """Gather the hosts that a request names; yield what makes a measurement on them of where its samples go. Raises
    HarnessError."""
    with fleet(request, plan, tell, wait) as made:
        yield lambda sink: OnHosts(plan, sink, tell, made(sink), enough, resumed)


@contextlib.contextmanager
def fleet(
    request: Request, plan: Plan, tell: Callable[[str], None], wait: bool | float = False
) -> Iterator[Callable[[Sink], Fleet]]:
    """Gather the hosts that a request names; yield what has them work, of where their samples go. Raises
    HarnessError."""
    always = imports.folders()
    ours = list(dict.fromkeys([*paths.of_asker(), *always]))
    environment = Environment(**boot.environment())
    wanted = Wanted(environment, sent.program(), sent.of_user(plan, ours, always), install=request.install)
    with Crew(_source(request), wanted) as crew:
        there = gathered(crew, tell, waits=bool(wait))
        yield lambda sink: Fleet(crew, there, ours, sink, tell, wait=wait, mixed=request.mixed_hosts)


def _source(request: Request) -> Source:
    if request.server_on:
        return Apart(request.server_on, request.load_from or "", request.ssh, request.insecure)
    where = address(request.on or "", request.trust)
    if where.scheme == "ssh":
        return Ssh(where.hosts, request.ssh)
    from harness.hosts.dask import Dask

    return Dask(where.scheduler, request.trust)
