"""What a client of a Dask cluster sees, of a real scheduler and a real worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from harness.hosts.dask import connected, workers_of
from harness.plan.address import Trust

pytest.importorskip("distributed", reason="needs dask.distributed")


@pytest.fixture
def client() -> Iterator[Any]:
    import dask
    import distributed

    cluster: Any = distributed.LocalCluster
    with ExitStack() as stack:
        stack.enter_context(dask.config.set({"distributed.client.scheduler-info-interval": "1ms"}))
        made = cluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None)
        found = connected(stack.enter_context(made).scheduler_address, Trust())
        stack.callback(found.close)
        yield found


def test_a_worker_never_leaves_by_the_client_asking_for_itself(client: Any) -> None:
    seen = [len(workers_of(client)) for _ in range(300)]
    assert seen == [1] * 300
