"""What benchmarks share: a table that is printed whatever pytest captures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tabulate import tabulate

from tests.benchmarks.environment import USUAL, number

Row = dict[str, Any]


def pytest_configure() -> None:
    """Refuse what variables say before anything is collected."""
    for name in USUAL:
        number(name)


@pytest.fixture(scope="module")
def row(request: pytest.FixtureRequest) -> Iterator[Callable[[Row], None]]:
    """Add a row to the module's table, which is printed when the module's tests are done."""
    rows: list[Row] = []
    yield rows.append
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\n\n{tabulate(rows, headers='keys', disable_numparse=True)}\n")
