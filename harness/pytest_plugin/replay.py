"""Rounds that others have measured, for pytest-benchmark's `benchmark`: by its public parts alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import pytest


class Replay:
    """A `benchmark` whose clock goes by what rounds of ours took."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._walls: Iterator[float] = iter(())
        self._now = 0.0
        given = request.node.get_closest_marker("benchmark")
        self._asked = dict(given.kwargs) if given else {}
        request.node.add_marker(pytest.mark.benchmark(**self._asked | {"timer": self._clock}), append=False)
        self._benchmark: Any = request.getfixturevalue("benchmark")

    @property
    def disabled(self) -> bool:
        """Whether nothing is to be timed."""
        return bool(self._benchmark.disabled)

    def take(self, walls: list[float], group: str, row: dict[str, Any]) -> None:
        """Hand rounds over, seconds, and the row that they are of."""
        self._walls = iter(walls)
        self._benchmark.group = self._asked.get("group", group)
        self._benchmark.pedantic(self._round, rounds=len(walls), iterations=1)
        self._benchmark.extra_info.update(row)

    def fail(self, text: str) -> NoReturn:
        """Fail the test within the benchmark, else pytest-benchmark warns that it was not used."""

        def fail() -> NoReturn:
            pytest.fail(text, pytrace=False)

        self._benchmark.has_error = True
        self._benchmark.pedantic(fail)
        raise AssertionError(text)

    def _clock(self) -> float:
        return self._now

    def _round(self) -> None:
        self._now += next(self._walls, 0.0)
