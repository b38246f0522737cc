"""The pytest plug-in: a workload under strategies, in fresh workers, reported by pytest-benchmark.

Loaded into every pytest run of its environment, it imports no more of ours until a test calls `harness_benchmark`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

USUAL_STRATEGY = "gevent"
SKIPPED = ("unavailable", "unsupported")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options."""
    group = parser.getgroup("harness", "concurrency strategies")
    group.addoption(
        "--harness-strategy",
        action="append",
        default=[],
        metavar="NAME",
        help="Strategies for tests of harness_benchmark (a,b,c; repeatable), in place of those of their marker.",
    )
    group.addoption(
        "--harness-blocks", type=int, default=5, metavar="N", help="Fresh workers for each of them. Default: 5."
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare our marker. Raises UsageError where an option makes no sense."""
    if config.getoption("--harness-blocks") < 1:
        raise pytest.UsageError("--harness-blocks: 1 or more")
    config.addinivalue_line(
        "markers", "harness_strategies(*names): the strategies that a test of harness_benchmark runs under"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """Have pytest-benchmark take a test of ours for its own, which --benchmark-only and --benchmark-skip go by."""
    names = getattr(item, "fixturenames", [])
    if "harness_benchmark" in names and "benchmark" not in names:
        names.append("benchmark")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test of `harness_benchmark` once for each strategy."""
    if "harness_strategy" in metafunc.fixturenames:
        asked = [name for words in metafunc.config.getoption("--harness-strategy") for name in words.split(",") if name]
        marker = metafunc.definition.get_closest_marker("harness_strategies")
        names = asked or (marker.args if marker else ()) or (USUAL_STRATEGY,)
        metafunc.parametrize("harness_strategy", list(dict.fromkeys(names)))


@pytest.fixture
def harness_benchmark(
    request: pytest.FixtureRequest, harness_strategy: str, tmp_path: Path
) -> Callable[..., dict[str, Any]]:
    """Call it with a workload, by its name or a function at the top of a module, and its options. Fresh workers run it
    under the test's strategy, their rounds become those of pytest-benchmark's `benchmark`, and the row of
    `run --json` is returned.

    `tasks`, `concurrency`, `blocks`, `rounds`, `warmup` and `timeout` are what they are for `run`. The test is skipped
    where the strategy is not installed or cannot run the workload, and fails, in a line, where the workload does."""

    replay = Replay()
    given = request.node.get_closest_marker("benchmark")
    asked_for = dict(given.kwargs) if given else {}
    request.node.add_marker(pytest.mark.benchmark(**asked_for | {"timer": replay.clock}), append=False)
    benchmark: Any = request.getfixturevalue("benchmark")

    def measure(workload: str | Callable[..., Any], **asked: Any) -> dict[str, Any]:
        sizes = {name: asked.pop(name) for name in SIZES if name in asked}
        sizes.setdefault("blocks", request.config.getoption("--harness-blocks"))
        if benchmark.disabled:
            sizes |= {"blocks": 1, "rounds": 1}
        options = tuple(f"{name}={value}" for name, value in asked.items())
        try:
            named = workload if isinstance(workload, str) else _target(workload)
            row, walls = _measured(harness_strategy, named, options, sizes, tmp_path / "harness")
        except (pytest.fail.Exception, pytest.skip.Exception):
            benchmark.skipped = True  # else it warns that it was not used
            raise
        replay.walls = iter(walls)
        benchmark.group = asked_for.get("group", named.rpartition("/")[2])
        benchmark.pedantic(replay.round, rounds=len(walls), iterations=1)
        benchmark.extra_info.update(row)
        return row

    return measure


SIZES = ("tasks", "concurrency", "blocks", "rounds", "warmup", "timeout")


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


def _target(function: Callable[..., Any]) -> str:
    """Where a worker finds a function."""
    import inspect

    name = getattr(function, "__name__", None)
    path = inspect.getsourcefile(function) if inspect.isfunction(function) else None
    if path is None or function.__qualname__ != name:
        name = getattr(function, "__qualname__", repr(function))
        pytest.fail(f"{name} must be a function at the top of its module: workers import it", pytrace=False)
    return f"{path}:{name}"


def _measured(
    strategy: str, workload: str, options: tuple[str, ...], sizes: dict[str, Any], folder: Path
) -> tuple[dict[str, Any], list[float]]:
    """The row of a run of one cell, and the seconds of all its rounds."""
    from harness.api import planned, run_plan
    from harness.document.make import document
    from harness.errors import HarnessError
    from harness.machine import lock
    from harness.plan.request import Request
    from harness.record import store
    from harness.statistics.verdicts import walls

    def tell(text: str) -> None:
        """Nobody watches."""

    try:
        with lock.machine(True, tell):
            made = planned(Request((strategy,), (workload,), options, **sizes))
            if len(made.strategies) * len(made.groups) > 1:
                raise HarnessError(f"one strategy and one value of each option to a test: {strategy}, {options}")
            path, _ = run_plan(made, folder, None, tell)
    except HarnessError as wrong:
        pytest.fail(str(wrong), pytrace=False)
    record = store.read(path)
    row: dict[str, Any] = document(record)["groups"][0]["rows"][0]
    if row["status"] in SKIPPED:
        pytest.skip(f"{strategy}: {row['status']}: {row['reason']}")
    if row["status"] != "ok":
        pytest.fail(f"{strategy}: {row['status']}: {row['reason']}", pytrace=False)
    return row, [seconds for sample in record.samples if sample.arm == "row" for seconds in walls(sample).values]
