"""An agent in a real worker of Dask, with a nanny, in processes of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.hosts import boot, sent
from harness.hosts.client import Client, Wanted
from harness.hosts.dask import _Line, connected, functions, workers_of
from harness.hosts.kinds import Environment
from harness.hosts.messages import Measure, Measured
from harness.measure.unit import Unit
from harness.plan.address import Trust
from harness.record.plan import Plan, PlannedGroup, PlannedStrategy
from harness.strategies import BUILT_IN
from tests.builders import plan

pytest.importorskip("distributed", reason="needs dask.distributed")


WAITS = PlannedGroup("sleep", "harness.workloads.sleep:Sleep", {"seconds": 2.0}, 2, 2, floor_seconds=2.0)
THREADS = PlannedStrategy("threads", BUILT_IN["threads"])
PLAN: Plan = msgspec.structs.replace(plan(), strategies=[THREADS], groups=[WAITS])
SECONDS, BURNT = 60.0, 0.7


@pytest.fixture
def there(tmp_path: Path) -> Iterator[tuple[Callable[..., Any], Callable[..., Client]]]:
    """What runs a function in a worker, or in its nanny, and what opens a line to it: processes of their own."""
    import distributed

    cluster: Any = distributed.LocalCluster
    with ExitStack() as stack:
        made = stack.enter_context(
            cluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", local_directory=str(tmp_path))
        )
        other: Any = stack.enter_context(distributed.Client(made))
        ours = connected(made.scheduler_address, Trust())
        stack.callback(ours.close)

        def opened() -> Client:
            line = _Line(ours, next(iter(workers_of(ours))), functions())
            stack.callback(line.close)
            return Client(line, Wanted(Environment(**boot.environment()), sent.program(), (), install=False))

        yield other.run, opened


@pytest.mark.slow
def test_what_a_worker_or_its_nanny_uses_of_a_processor_in_a_block_is_counted(there: Any) -> None:
    run, opened = there

    def burn(seconds: float) -> None:
        import time

        end = time.thread_time() + seconds
        while time.thread_time() < end:
            pass

    host = opened()
    host.bring_up()
    for nanny in (False, True):
        with ThreadPoolExecutor() as beside:
            measured = beside.submit(host.ask, Measure(PLAN, Unit(0, 0, [0]), [], 0.0), SECONDS)
            time.sleep(1.0)
            run(burn, BURNT, nanny=nanny)
            assert not measured.done()
            answer = measured.result()
        assert isinstance(answer, Measured)
        assert {one.status for one in answer.samples} == {"ok"}
        assert answer.mark.engine_seconds is not None
        assert BURNT <= answer.mark.engine_seconds < 2 * BURNT


@pytest.mark.slow
def test_a_worker_that_has_imported_an_older_program_runs_ours(there: Any) -> None:
    run, opened = there

    def import_older() -> None:
        import sys
        from types import ModuleType

        def refuse(*_: object) -> None:
            raise RuntimeError("an older program")

        for name in ("harness", "harness.hosts", "harness.hosts.relay", "harness.hosts.boot", "harness.hosts.agent"):
            older: Any = ModuleType(name)
            older.begin = older.turn = older.main = older.serve = refuse
            sys.modules[name] = older

    run(import_older)
    host = opened()
    host.bring_up()
    answer = host.ask(Measure(PLAN, Unit(0, 0, [0]), [], 0.0), SECONDS)
    assert isinstance(answer, Measured)
    assert {one.status for one in answer.samples} == {"ok"}
