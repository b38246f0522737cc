"""A user's file in a folder of its own, measured as a user would."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

INPUTS = Path(__file__).parent / "inputs"
Rows = dict[str, dict[str, dict[str, Any]]]


@pytest.fixture
def bring(tmp_path: Path) -> Callable[[str], Path]:
    """Copy a file of `inputs` to where the program is run."""

    def copy(name: str) -> Path:
        return Path(shutil.copy(INPUTS / name, tmp_path / name))

    return copy


@pytest.fixture
def measured(document: Callable[..., dict[str, Any]], bring: Callable[[str], Path]) -> Callable[..., Rows]:
    """Measure functions of a file in one run; the rows, by function and strategy."""

    def measure(name: str, functions: str, strategies: str, *options: str) -> Rows:
        bring(name)
        chosen = [word for function in functions.split() for word in ("-W", f"./{name}:{function}")]
        tasks = () if "--tasks" in options else ("--tasks", "3")
        said = document(*chosen, "-s", strategies, *tasks, *options)
        return {
            group["workload"].rpartition(":")[2]: {row["strategy"]: row for row in group["rows"]}
            for group in said["groups"]
        }

    return measure


@pytest.fixture
def odd_server() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of `inputs/odd_server.py`, and its process: it prints each request."""
    command = [sys.executable, "-u", str(INPUTS / "odd_server.py")]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}", server
    finally:
        server.kill()
        server.communicate()


def remarks(row: dict[str, Any]) -> str:
    """All that a row says beside its numbers."""
    return " | ".join([row["reason"] or "", *row["warnings"], *row.get("notes", [])])


@pytest.fixture
def said() -> Callable[[dict[str, Any]], str]:
    return remarks
