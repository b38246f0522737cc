"""The program as a user has it: a real process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders import Finished

# Tests may run side by side, and beside another measurement: each pytest measures under a lock of its own. What it runs
# must not take itself for a worker of xdist's, under which pytest-benchmark is off.
os.environ["HARNESS_LOCK"] = f"tests-{os.getpid()}"
for name in [name for name in os.environ if name.startswith("PYTEST_XDIST_")]:
    del os.environ[name]


@pytest.fixture
def harness(tmp_path: Path) -> Callable[..., Finished]:
    """Run the program in a folder of its own; its results are in `results` there."""

    def run(*arguments: str, **environment: str) -> Finished:
        return subprocess.run(
            [sys.executable, "-m", "harness", *arguments],
            cwd=tmp_path,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture
def document(harness: Callable[..., Finished]) -> Callable[..., dict[str, Any]]:
    """Run a comparison and return its JSON; the exit status says whether every row is ok."""

    def run(*arguments: str) -> dict[str, Any]:
        done = harness("run", *arguments, "--json", "-")
        assert done.returncode in (0, 3), done.stderr
        said: dict[str, Any] = json.loads(done.stdout)
        statuses = {row["status"] for group in said["groups"] for row in group["rows"]}
        bad = statuses & {"failed", "timeout", "invalid"} or "ok" not in statuses
        assert done.returncode == (3 if bad else 0)
        assert done.stderr == ""
        return said

    return run


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
