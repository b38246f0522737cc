"""What is made of single tasks and of four, by workers whose clock is ours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from harness.advise.probe import Probe, probed
from harness.errors import IncompleteError
from harness.process.channel import Failure
from harness.record.sample import Round


class Workers:
    """Each strategy takes so long for so many tasks, and lets so many through at once."""

    def __init__(self, waiting: float, computing: float, admits: dict[str, int], cores: float = 1.0) -> None:
        self.waiting, self.computing, self.admits, self.cores = waiting, computing, admits, cores
        self.lost: dict[str, Failure] = {}
        self.fails: dict[str, Failure] = {}

    @property
    def names(self) -> list[str]:
        return [name for name in self.admits if name not in self.lost]

    def rounds(self, names: Iterable[str], tasks: int, concurrency: int, seconds: float) -> dict[str, Round]:
        found = {}
        for name in list(names):
            if name in self.fails:
                self.lost[name] = self.fails[name]
                continue
            wall = self.waiting * -(-tasks // self.admits[name]) + self.computing * max(1.0, tasks / self.cores)
            own, children = (0.0, self.computing * tasks) if name == "processes" else (self.computing * tasks, 0.0)
            found[name] = Round(wall, own, 0.0, 0, 0, 1, 1, cpu_children_seconds=children)
        return found


def seen(workers: Any) -> Probe:
    return probed(workers, 40.0, lambda name: 0.0, list(workers.admits).index)


@pytest.mark.parametrize(("waiting", "computing"), [(0.05, 0.0), (0.05, 0.002), (0.001, 0.0003), (0.01, 0.02)])
def test_waiting_and_computing_are_told_apart_and_whose_waits_overlap(waiting: float, computing: float) -> None:
    found = seen(Workers(waiting, computing, {"sequential": 1, "gevent": 1, "threads": 4, "pool": 2}))
    assert found.strategy == "sequential"
    assert (found.waiting_seconds, found.cpu_seconds) == pytest.approx((waiting, computing))
    assert found.blocked == ["sequential", "gevent"]


def test_a_lock_blocks_them_all() -> None:
    assert seen(Workers(0.05, 0.0, {"sequential": 1, "threads": 1})).blocked == ["sequential", "threads"]


def test_computing_on_several_cores_is_seen() -> None:
    found = seen(Workers(0.0, 0.01, {"threads": 4, "processes": 4}, cores=2.0))
    assert found.cores == {"threads": pytest.approx(2.0), "processes": pytest.approx(2.0)}
    assert found.own_cores == {"threads": pytest.approx(2.0)}
    assert not seen(Workers(0.05, 0.01, {"threads": 4})).cores


def test_what_the_strategy_uses_by_itself_is_not_the_tasks() -> None:
    workers: Any = Workers(0.05, 0.001, {"asyncio": 4})
    found = probed(workers, 40.0, lambda name: 0.0004, lambda name: 0)
    assert found.cpu_seconds == pytest.approx(0.0006)


def test_a_strategy_that_fails_is_lost_with_its_reason_and_the_next_is_asked() -> None:
    workers = Workers(0.05, 0.0, {"sequential": 1, "asyncio": 4})
    workers.fails = {"sequential": Failure("unsupported", "it is an async def")}
    found = seen(workers)
    assert found.strategy == "asyncio"
    assert found.lost == {"sequential": "unsupported: it is an async def"}


def test_where_all_fail_each_reason_is_told_once() -> None:
    workers = Workers(0.05, 0.0, {"sequential": 1, "asyncio": 4})
    workers.fails = dict.fromkeys(workers.admits, Failure("failed", "ValueError: no"))
    with pytest.raises(IncompleteError, match="sequential, asyncio: failed: ValueError: no"):
        seen(workers)


def test_a_task_that_hangs_is_not_tried_under_each_strategy() -> None:
    workers = Workers(0.05, 0.0, {"sequential": 1, "asyncio": 4})
    workers.fails = {"sequential": Failure("timeout", "no answer after 40 s")}
    with pytest.raises(IncompleteError, match=r"did not end under sequential: no answer after 40 s.*--max-time"):
        seen(workers)
