"""What pytest loads: options, a marker and the fixture `harness_benchmark`, in a module whose name nobody else has.

It is part of every pytest run of its environment, so it imports nothing of ours until a test calls the fixture, and
then only where `harness` is ours: a user's own folder or file of that name comes first, and stays theirs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from . import chosen
from .hiding import hidden

FIXTURE, BENCHMARK = "harness_benchmark", "benchmark"
UNDER_XDIST = (
    "harness: nothing was timed, since tests side by side would measure each other: under pytest-xdist each of the "
    "{count} tests of harness_benchmark ran its workload once, as a check. For times: pytest -n 0 -m harness"
)
COUNT = "harness_tests"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options."""
    group = parser.getgroup("harness", "concurrency strategies")
    group.addoption(
        "--harness-strategy",
        action="append",
        default=[],
        metavar="NAME",
        help="Strategies for tests of harness_benchmark (a,b,c; repeatable; all), in place of those of their marker. "
        "Of a test that is parametrized with harness_strategy, those of its own that are named.",
    )
    group.addoption(
        "--harness-blocks",
        type=int,
        default=5,
        metavar="N",
        help="Fresh workers for each of them; a set of tests that differ by strategy is measured in so many "
        "interleaved blocks. Default: 5.",
    )
    group.addoption(
        "--harness-results",
        metavar="DIR",
        help="Where the records go, for `harness show`, `history` and `compare`. Default: where `harness run` puts its "
        "own: `results`, or what [tool.harness] says.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare our markers. Raises UsageError where an option makes no sense."""
    if config.getoption("--harness-blocks") < 1:
        raise pytest.UsageError("--harness-blocks: 1 or more")
    config.addinivalue_line(
        "markers", "harness_strategies(*names): the strategies that a test of harness_benchmark runs under"
    )
    config.addinivalue_line(
        "markers", "blocks_nothing(ms=30): fails a test in which a line holds up the others for so long, in sum"
    )
    config.addinivalue_line("markers", "harness: is on every test of harness_benchmark, for -m harness")


def pytest_report_header() -> str | None:
    """Say that we are off, if we are."""
    return hidden()


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """Have pytest-benchmark take a test of ours for its own, which --benchmark-only and --benchmark-skip go by."""
    names = chosen.fixtures(item)
    if FIXTURE not in names:
        return
    item.add_marker("harness")
    if BENCHMARK not in names and _has_benchmark(item.config):
        names.append(BENCHMARK)


def _has_benchmark(config: pytest.Config) -> bool:
    return config.pluginmanager.hasplugin(BENCHMARK)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what --harness-strategy does not name, and refuse a strategy that does not exist once, before anything
    runs. Raises UsageError.

    All is imported by now: a `harness` of the user's has been found, if there is one. (An xdist worker has nobody to
    tell; there each test fails.)"""
    ours = [item for item in items if FIXTURE in chosen.fixtures(item)]
    left_out = {id(item) for item in ours if not chosen.is_asked_for(item)}
    if left_out:
        config.hook.pytest_deselected(items=[item for item in items if id(item) in left_out])
        items[:] = [item for item in items if id(item) not in left_out]
    if ours and not hidden() and not hasattr(config, "workerinput"):
        chosen.check([item for item in ours if id(item) not in left_out])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test of `harness_benchmark` once for each strategy, where it does not say so itself."""
    if chosen.PARAMETER in metafunc.fixturenames and not chosen.is_parametrized(metafunc.definition):
        metafunc.parametrize(chosen.PARAMETER, chosen.names(metafunc.config, metafunc.definition))


@pytest.fixture
def harness_benchmark(
    request: pytest.FixtureRequest, harness_strategy: Any, tmp_path: Path
) -> Callable[..., dict[str, Any]]:
    """Call it with a workload, by its name or a function, and its options or arguments. Fresh workers run it under the
    strategies of the test, interleaved in one run; the rounds of this test's become those of pytest-benchmark's
    `benchmark`, and its row of `run --json` is returned.

    `tasks`, `concurrency`, `blocks`, `rounds`, `warmup`, `timeout`, `memory_limit` and `values` are what they are for
    `run`. The test is skipped where the strategy is not installed or cannot run the workload, and fails, in a line,
    where the workload does."""
    if said := hidden():
        pytest.fail(said, pytrace=False)
    if not _has_benchmark(request.config):
        pytest.fail("harness_benchmark reports by pytest-benchmark, which is off: leave out -p no:benchmark", False)
    from harness.pytest_plugin.fixture import Benchmark

    named = chosen.words(request.config, request.node)
    return Benchmark(request, harness_strategy, named, tmp_path / "harness").measure


@pytest.fixture
def blocks_nothing(tmp_path: Path) -> Callable[..., Any]:
    """Call it with a workload, by its name or a function, and a strategy (`asyncio` if none is named): a worker runs it
    once, and the test fails where a line of it holds up the others for `ms` milliseconds (30) in sum.

    `tasks`, `concurrency` and the workload's options are what they are for `explain`. What was seen is returned."""
    if said := hidden():
        pytest.fail(said, pytrace=False)
    from harness.pytest_plugin.blocks import checked

    return checked


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Look into a test that is marked so while it runs."""
    mark = item.get_closest_marker("blocks_nothing")
    if mark is None:
        return (yield)
    if said := hidden():
        pytest.fail(said, pytrace=False)
    from harness.pytest_plugin.blocks import watched

    with watched(item, *mark.args, **mark.kwargs):
        return (yield)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was measured."""
    if count := getattr(config, COUNT, 0):
        terminalreporter.section("harness", sep="-", bold=True)
        terminalreporter.write_line(UNDER_XDIST.format(count=count))
    if "harness.pytest_plugin.fixture" in sys.modules:
        from harness.pytest_plugin import summary

        summary.write(terminalreporter)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell xdist's controller how many tests of ours its workers had."""
    if hasattr(session.config, "workeroutput"):
        count = sum(FIXTURE in chosen.fixtures(item) for item in getattr(session, "items", ()))
        session.config.workeroutput[COUNT] = count


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Each worker of xdist has collected all tests."""
    setattr(node.config, COUNT, max(getattr(node.config, COUNT, 0), getattr(node, "workeroutput", {}).get(COUNT, 0)))
