"""What it takes to read 10,000 stored samples again: a process of `compare`, and one of `history`."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.record import store
from harness.record.lines import encode
from harness.record.plan import PlannedGroup, PlannedStrategy
from harness.record.sample import Commit, End, Header, Line
from harness.statistics.paired import MOST_BLOCKS
from tests.builders import header, sample

ROOT = Path(__file__).parents[2]
SAMPLES = 10_000
LIMIT_SECONDS = 2.0
STRATEGIES, GROUPS = 10, 5


def stored(
    folder: Path, number: int, blocks: int, strategies: int, groups: int, ours: float = 0.5, commit: int | None = None
) -> None:
    """A record whose first strategy takes a second in each group and whose others take `ours`, but for noise."""
    plan = msgspec.structs.replace(
        header().plan,
        strategies=[PlannedStrategy(f"s{place}", "a:B") for place in range(strategies)],
        reference="s0",
        groups=[PlannedGroup("sleep", "e:F", {"seconds": 0.1 * (place + 1)}, 10, 10) for place in range(groups)],
    )
    at = number if commit is None else commit
    checked_out = Commit(f"{at:040x}", datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=at))
    about: Header = msgspec.structs.replace(header(), run=f"r{number:05}", plan=plan, commit=checked_out)
    writer = store.Writer(folder / "results", about)
    noise = random.Random(number)
    lines: list[Line] = []
    for group in range(groups):
        for block in range(blocks):
            for place in range(strategies):
                seconds = (ours if place else 1.0) * math.exp(noise.gauss(0, 0.006))
                one = sample(place, block, seconds)
                lines.append(msgspec.structs.replace(one, group=group, rounds=one.rounds * 2))
    with writer.path.open("ab") as file:  # ten thousand syncs would take minutes
        file.writelines(map(encode, [*lines, End("complete", blocks, {"all": 1.0})]))
    writer.close()


def asked(folder: Path, *arguments: str) -> Callable[[], None]:
    """A process of the program, which must succeed."""
    command = [sys.executable, "-m", "harness", *arguments]
    environment = dict(os.environ)
    return lambda: subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL) and None


@pytest.mark.parametrize("shape", ["many cells", "many blocks"])
def test_compare(benchmark: Any, tmp_path: Path, shape: str) -> None:
    for number in range(2):
        if shape == "many cells":
            stored(tmp_path, number, SAMPLES // (2 * STRATEGIES * GROUPS), STRATEGIES, GROUPS)
        else:
            stored(tmp_path, number, MOST_BLOCKS, SAMPLES // (2 * MOST_BLOCKS), 1)
    benchmark.pedantic(asked(tmp_path, "compare", "r00000", "r00001"), rounds=5)
    benchmark.extra_info["limit_seconds"] = LIMIT_SECONDS


def test_compare_beside_many_runs(benchmark: Any, tmp_path: Path) -> None:
    """500 runs of the same code, of which the latest are a history."""
    for number in range(500):
        stored(tmp_path, number, 10, STRATEGIES, 1, commit=0)
    benchmark.pedantic(asked(tmp_path, "compare", "r00000", "r00499"), rounds=5)
    benchmark.extra_info["limit_seconds"] = LIMIT_SECONDS


@pytest.mark.parametrize("shape", ["many commits", "many cells"])
def test_history(benchmark: Any, tmp_path: Path, shape: str) -> None:
    strategies, groups, blocks = (2, 1, 10) if shape == "many commits" else (STRATEGIES, GROUPS, 5)
    runs = SAMPLES // (strategies * groups * blocks)
    for number in range(runs):
        stored(tmp_path, number, blocks, strategies, groups, 0.5 if number < runs // 2 else 0.525)
    benchmark.pedantic(asked(tmp_path, "history"), rounds=5)
    benchmark.extra_info["limit_seconds"] = LIMIT_SECONDS
