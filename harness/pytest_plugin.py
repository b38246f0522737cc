"""The fixture `harness_benchmark` at work: a workload under a strategy, in fresh workers, reported by pytest-benchmark.

What pytest loads is in `pytest11/`, and comes here only when a test asks for the fixture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec
import pytest

from harness import api
from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.record.plan import Plan

SKIPPED = ("unavailable", "unsupported")
SIZES = ("tasks", "concurrency", "blocks", "rounds", "warmup", "timeout")


class Benchmark:
    """What a test calls, once."""

    def __init__(self, request: pytest.FixtureRequest, strategy: str, folder: Path) -> None:
        self._strategy, self._folder = strategy, folder
        self._blocks: int = request.config.getoption("--harness-blocks")
        self._replay = Replay()
        given = request.node.get_closest_marker("benchmark")
        self._asked = dict(given.kwargs) if given else {}
        marker = pytest.mark.benchmark(**self._asked | {"timer": self._replay.clock})
        request.node.add_marker(marker, append=False)
        self._benchmark: Any = request.getfixturevalue("benchmark")

    def measure(self, workload: str | Callable[..., Any], **asked: Any) -> dict[str, Any]:
        """Run it, hand its rounds to pytest-benchmark, and return its row."""
        sizes = {"blocks": self._blocks} | {name: asked.pop(name) for name in SIZES if name in asked}
        if self._benchmark.disabled:
            sizes |= {"blocks": 1, "rounds": 1}
        try:
            with api.asked(workload, self._strategy, asked, **sizes) as request:
                record = api.measured(request, self._folder, wait=True, fitted=single)
        except HarnessError as wrong:
            self._fail(str(wrong))
        group = api.document(record).groups[0]
        row: dict[str, Any] = msgspec.to_builtins(group.rows[0])
        if row["status"] in SKIPPED:
            pytest.skip(f"{self._strategy}: {row['status']}: {row['reason']}")
        if row["status"] != "ok":
            self._fail(f"{self._strategy}: {row['status']}: {row['reason']}")
        walls = api.seconds_of_rounds(record)
        self._replay.walls = iter(walls)
        self._benchmark.group = self._asked.get("group", group.workload.rpartition("/")[2])
        self._benchmark.pedantic(self._replay.round, rounds=len(walls), iterations=1)
        self._benchmark.extra_info.update(row)
        return row

    def _fail(self, text: str) -> NoReturn:
        """Fail the test within the benchmark, else pytest-benchmark warns that it was not used."""

        def fail() -> NoReturn:
            pytest.fail(text, pytrace=False)

        self._benchmark.has_error = True
        self._benchmark.pedantic(fail)
        raise AssertionError(text)


def single(plan: Plan) -> Plan:
    """A plan of one cell as it is. Raises HarnessError for another."""
    if len(plan.strategies) * len(plan.groups) > 1:
        names = ", ".join(strategy.name for strategy in plan.strategies)
        raise HarnessError(f"one strategy and one value of each option to a test, not {names} and {len(plan.groups)}")
    return plan


class Replay:
    """A clock by which a round takes what one of ours took."""

    def __init__(self) -> None:
        self.walls: Iterator[float] = iter(())
        self._now = 0.0

    def clock(self) -> float:
        """The seconds of the rounds so far."""
        return self._now

    def round(self) -> None:
        """Let one of them pass."""
        self._now += next(self.walls, 0.0)
