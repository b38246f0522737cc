"""The program as a user has it: a real process of its own."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests import schema
from tests.builders import Finished

# Tests may run side by side, and beside another measurement: each pytest measures under a lock of its own. What it runs
# must not take itself for a worker of xdist's, under which pytest-benchmark is off.
os.environ["HARNESS_LOCK"] = f"tests-{os.getpid()}"
for name in [name for name in os.environ if name.startswith("PYTEST_XDIST_")]:
    del os.environ[name]

# How long an example takes depends on what else runs.
hypothesis.settings.register_profile("side by side", deadline=None)
hypothesis.settings.load_profile("side by side")


@pytest.fixture
def harness(tmp_path: Path) -> Callable[..., Finished]:
    """Run the program in a folder of its own; its results are in `results` there. What it says as JSON is held to its
    schema."""

    def run(*arguments: str, **environment: str) -> Finished:
        done = subprocess.run(
            [sys.executable, "-m", "harness", *arguments],
            cwd=tmp_path,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if kind := schema.OF_COMMAND.get(arguments[0] if arguments else ""):
            for said in documents(arguments, done.stdout, tmp_path):
                schema.hold(said, kind)
        return done

    return run


def documents(arguments: tuple[str, ...], stdout: str, folder: Path) -> Iterator[Any]:
    """What a command that was to write JSON has written."""
    for option, to in itertools.pairwise(arguments):
        if option == "--json":
            text = stdout if to == "-" else (folder / to).read_text() if (folder / to).is_file() else ""
            if text:
                yield json.loads(text)


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
