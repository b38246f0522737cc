"""A few of the gates of `python -m tests.benchmarks.any_block`: how often they are wrong, over all of their looks."""

from __future__ import annotations

import math

import pytest

from tests.benchmarks.any_block import LIMIT, shares
from tests.noise import MODELS

STREAMS = 600


@pytest.mark.parametrize("model", [model for model in MODELS if model not in ("ar", "all")])
def test_a_candidate_at_its_limit_is_seldom_called_a_regression_and_seldom_passes(model: str) -> None:
    """`ar` and `all` have blocks that are correlated, where every test is too bold: what is reached is in the docs."""
    found = shares(model, 0.02, LIMIT, STREAMS)
    assert found.regressions <= 0.025 + 4 * math.sqrt(0.025 / STREAMS)
    assert found.passes <= 0.05 + 4 * math.sqrt(0.05 / STREAMS)


def test_what_is_clear_is_said_soon() -> None:
    same, worse = shares("normal", 0.01, 0.0, 200), shares("normal", 0.01, 0.05, 200)
    assert (same.passes, worse.regressions) == (1.0, 1.0)
    assert max(same.blocks, worse.blocks) < 10
