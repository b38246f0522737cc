"""Some of the trials that the program makes by thousands (`python -m tests.benchmarks.soak`)."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from tests.benchmarks.soak import held, trials


def test_whatever_breaks_off_runs_no_sample_is_lost_or_doubled(tmp_path: Path) -> None:
    counted = trials(tmp_path, "fake workers", 60, seed=1)
    assert (counted["lost"], counted["doubled"]) == (0, 0)
    assert counted["resumed"] > 1
    assert counted["faults"] > counted["resumed"]


@pytest.mark.slow
def test_nor_is_anything_left_of_real_workers_that_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_LOCK", f"{tmp_path}")  # which a soak sets for good
    us = psutil.Process()
    others = set(us.children(recursive=True))  # of tests before this one, which may end meanwhile
    trials(tmp_path, "real workers", 5)
    before = held()
    counted = trials(tmp_path, "real workers", 60)
    assert (counted["lost"], counted["doubled"]) == (0, 0)
    assert (held().descriptors, held().threads) == (before.descriptors, before.threads)
    assert not set(us.children(recursive=True)) - others
