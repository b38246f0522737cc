"""The built-in workloads under every strategy, as anybody's benchmarks would do it: with our own plug-in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.plan.catalogue import several

every = pytest.mark.harness_strategies("usual")
overlapping = pytest.mark.harness_strategies(*(name for name in several("usual") if name != "sequential"))
Measure = Callable[..., dict[str, Any]]


@every
def test_spawning_and_joining(harness_benchmark: Measure) -> None:
    harness_benchmark("noop", tasks=1000)


@every
def test_switching(harness_benchmark: Measure) -> None:
    harness_benchmark("switch", tasks=100, switches=100)


@overlapping
def test_sleeping(harness_benchmark: Measure) -> None:
    harness_benchmark("sleep", tasks=10, seconds=0.01)


@every
def test_echoing(harness_benchmark: Measure) -> None:
    harness_benchmark("echo", tasks=20)
