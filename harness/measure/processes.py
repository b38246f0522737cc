"""What a run is measured with: real workers and peers. Tests put something else in its place."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from harness.measure.cell import Driver, Place
from harness.measure.server import LoadDriver, Served
from harness.measure.tasks import TaskDriver
from harness.process import generators
from harness.process.generators import Generators
from harness.process.orphans import sweep
from harness.process.peers import RunningPeer
from harness.process.servers import Servers
from harness.process.workers import prepare
from harness.record.plan import Plan, PlannedGroup, PlannedStrategy
from harness.worker.messages import BeGenerator, Serve

Start = Callable[[Place], Driver]
OtherEnd = RunningPeer | Generators
ROUNDING = 1e-9


class Executor(Protocol):
    """What starts the workers of a block, and whatever is at their other end."""

    def block(self, group: PlannedGroup, cpus: Sequence[int]) -> contextlib.AbstractContextManager[Start]:
        """Have a group's other end run, on these cores; yield what starts the worker of a place. Raises Failure."""

    def sweep(self) -> int:
        """Clear away what users' code left behind; return how many processes that were."""


class Processes:
    """Fresh interpreters on this machine."""

    def __init__(self, plan: Plan, paths: Sequence[str] = ()) -> None:
        """`paths`: the folders where whoever asked imports from."""
        self._plan, self._paths = plan, list(paths)

    @contextlib.contextmanager
    def block(self, group: PlannedGroup, cpus: Sequence[int]) -> Iterator[Start]:
        peer = self._other_end(group, cpus)
        try:
            yield lambda place: self._driver(place, group, peer)
        finally:
            if peer:
                peer.stop()

    def sweep(self) -> int:
        return sweep()

    def _other_end(self, group: PlannedGroup, cpus: Sequence[int]) -> OtherEnd | None:
        if group.serves:
            return generators.here(generator(group, self._paths), cpus, group.generators)
        return RunningPeer(group.peer_module, group.of_workload, cpus) if group.peer_module else None

    def _driver(self, place: Place, group: PlannedGroup, peer: OtherEnd | None) -> Driver:
        plan, strategy = self._plan, self._plan.strategies[place.strategy]
        if isinstance(peer, Generators):
            servers = served(plan, group, strategy, self._paths, "127.0.0.1")
            return load_driver(plan, group, place, servers, peer)
        cell = cell_of(group, strategy, self._paths)
        if peer:
            cell |= {"peer_address": peer.where.address, "peer_authority": peer.where.authority}
        cell["tallies"] = plan.allow_failures > 0
        allowed = int(plan.allow_failures * group.tasks + ROUNDING)
        asked, limits = prepare(strategy, **cell), (plan.timeout, allowed, plan.memory_limit)
        return TaskDriver(strategy, asked, peer, *limits, plan.count_with, plan.count_allocator)


def cell_of(group: PlannedGroup, strategy: PlannedStrategy, paths: Sequence[str]) -> dict[str, Any]:
    """What a worker is told of its cell."""
    return {
        "workload": group.target,
        "options": group.of_workload,
        "strategy_options": group.taken_by(strategy),
        "tasks": group.tasks,
        "concurrency": group.concurrency,
        "paths": paths,
    }


def generator(group: PlannedGroup, paths: Sequence[str]) -> BeGenerator:
    """What a load generator is told to be."""
    return BeGenerator(group.target, group.of_workload, paths)


def served(plan: Plan, group: PlannedGroup, strategy: PlannedStrategy, paths: Sequence[str], host: str) -> Servers:
    """The processes of a server, which will listen on an address of this machine. Raises Failure."""
    asked = prepare(strategy, **cell_of(group, strategy, paths), address=(host, 0))
    assert isinstance(asked, Serve)
    return Servers(strategy, asked, group.processes, plan.memory_limit)


def load_driver(plan: Plan, group: PlannedGroup, place: Place, servers: Served, by: Generators) -> LoadDriver:
    """What loads the server of a place."""
    strategy, seed = plan.strategies[place.strategy], plan.seed + place.block
    return LoadDriver(strategy, servers, by, group, seed, plan.timeout, plan.silence, plan.slo)
