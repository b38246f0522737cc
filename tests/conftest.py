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


@pytest.fixture
def harness(tmp_path: Path) -> Callable[..., Finished]:
    """Run the program in a folder of its own; its results are in `results` there."""

    def run(*arguments: str, **environment: str) -> Finished:
        return subprocess.run(
            [sys.executable, "-m", "harness", *arguments],
            cwd=tmp_path,
            env=os.environ | {"HARNESS_RUN_WAIT": "1"} | environment,
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
