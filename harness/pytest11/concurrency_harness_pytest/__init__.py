"""What pytest loads: options, a marker and the fixture `harness_benchmark`, in a module whose name nobody else has.

It is part of every pytest run of its environment, so it imports nothing of ours until a test calls the fixture, and
then only where `harness` is ours: a user's own folder or file of that name comes first, and stays theirs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

USUAL_STRATEGY = "gevent"
HERE = Path(__file__).resolve().parent
OURS = next(folder for folder in (HERE.parent / "harness", HERE.parents[1]) if (folder / "pytest_plugin.py").is_file())
"""Beside us where we are installed, and round us in the project's own tree."""
LIBRARIES = ("msgspec", "psutil", "packaging")
"""What a run in the process of the tests needs."""


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


def pytest_report_header() -> str | None:
    """Say that we are off, if we are."""
    return hidden()


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """Have pytest-benchmark take a test of ours for its own, which --benchmark-only and --benchmark-skip go by."""
    names = getattr(item, "fixturenames", [])
    if "harness_benchmark" in names and "benchmark" not in names:
        names.append("benchmark")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse a strategy that does not exist once, before anything runs. Raises UsageError.

    All is imported by now: a `harness` of the user's has been found, if there is one. (An xdist worker has nobody to
    tell; there each test fails.)"""
    asked = [(item, getattr(item, "callspec", None)) for item in items if "harness_benchmark" in _fixtures(item)]
    named = {str(call.params["harness_strategy"]): item for item, call in reversed(asked) if _is_ours(call)}
    if not named or hidden() or hasattr(config, "workerinput"):
        return
    from harness.errors import HarnessError
    from harness.plan import catalogue

    known = catalogue.strategy_targets()
    for words, item in named.items():
        for name in words.split(","):
            try:
                if name not in ("", "all"):
                    catalogue.find("strategy", known, name)
            except HarnessError as wrong:
                raise pytest.UsageError(f"harness: {item.nodeid}: {wrong}") from None


def _fixtures(item: pytest.Item) -> list[str]:
    return getattr(item, "fixturenames", [])


def _is_ours(call: Any) -> bool:
    """Whether a test runs under a strategy of ours: its name, or a class that the test has."""
    return call is not None and isinstance(call.params.get("harness_strategy"), str)


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
    if said := hidden():
        pytest.fail(said, pytrace=False)
    from harness.pytest_plugin import Benchmark

    return Benchmark(request, harness_strategy, tmp_path / "harness").measure


def hidden() -> str | None:
    """What hides our package or a library of ours, and what to do; None where nothing does."""
    for name in ("harness", *LIBRARIES):
        place = os.path.realpath(_place(name) or OURS)
        ours = place == str(OURS) if name == "harness" else _is_installed(place)
        if not ours:
            what = "the package" if name == "harness" else "a library"
            return (
                f"harness: {place} hides {what} of harness_benchmark, which is off: rename it, or keep the folder that "
                "it is in off the import path (`pytest` for `python -m pytest`, --import-mode=importlib)"
            )
    return None


def _is_installed(place: str) -> bool:
    """Whether a module is where libraries are, or where it is nobody's test that has it."""
    return "-packages" in place or not place.startswith(f"{os.getcwd()}{os.sep}")


def _place(name: str) -> str | None:
    """The folder or file that an import of this name means at this moment."""
    try:
        found = getattr(sys.modules.get(name), "__spec__", None) or find_spec(name)
    except (ImportError, ValueError):
        return None
    folders = list(getattr(found, "submodule_search_locations", None) or [])
    return folders[0] if folders else getattr(found, "origin", None)
