"""`--memory-limit`: a worker that outgrows it is a row that says so, and all else is as it would be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import harness as api
from tests.builders import LOOK, Finished, rows

JOBS = """
import time

kept = []


def grows(i):
    kept.append(bytearray(b"x") * (20 << 20))
    time.sleep(0.05)


def stays(i):
    return i
"""
ASKED = ("-W", "./jobs.py:grows", "-W", "./jobs.py:stays", "--tasks", "20", *LOOK)
OUT = r"out of memory: it held (\d+) MiB with what it started, --memory-limit allows 100 MiB"


def test_the_row_says_what_it_held_and_other_rows_go_on(
    document: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "jobs.py").write_text(JOBS)
    said = document("-s", "sequential,threads", *ASKED, "--memory-limit", "100M")
    assert said["memory_limit_bytes"] == 100 << 20
    grows, stays = said["groups"]
    for row in rows({"groups": [grows]}).values():
        assert row["status"] == "failed"
        found = re.fullmatch(OUT, row["reason"])
        assert found
        assert 100 < int(found[1]) < 1000
    assert {row["status"] for row in stays["rows"]} == {"ok"}
    (record,) = (tmp_path / "results").glob("*.jsonl")
    assert json.loads(record.read_text().splitlines()[0])["plan"]["memory_limit"] == 100 << 20


def test_python_and_the_settings_take_it_as_well(
    harness: Callable[..., Finished], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jobs.py").write_text(JOBS)
    (tmp_path / "pyproject.toml").write_text('[tool.harness]\nmemory-limit = "100M"\n')
    done = harness("run", "-s", "sequential", *ASKED, "--format", "simple")
    assert done.returncode == 3
    assert re.search(f"sequential: failed: {OUT}", done.stdout)
    monkeypatch.chdir(tmp_path)
    run = api.run(f"{tmp_path}/jobs.py:grows", strategies="sequential", tasks=20, blocks=1, memory_limit=100 << 20)
    assert re.fullmatch(OUT, str(run.groups[0].rows[0].reason))


@pytest.mark.parametrize(
    ("command", "size", "said"),
    [
        ("run", "lots", "'--memory-limit': lots: write a size with its unit, such as 512M, 2G or 1.5GiB"),
        ("sweep", "512", "'--memory-limit': 512: write a size with its unit"),
        ("trace", "1K", "--memory-limit 1024 bytes: a size of 1M or more, such as 512M or 2G"),
    ],
)
def test_what_is_no_size_is_one_line(harness: Callable[..., Finished], command: str, size: str, said: str) -> None:
    done = harness(command, "-s", "sequential", "-W", "noop", "--memory-limit", size)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert said in done.stderr


def test_a_setting_that_is_no_size_names_its_file(harness: Callable[..., Finished], tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.harness]\nmemory-limit = "5"\n')
    done = harness("run", "-W", "noop")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "pyproject.toml" in done.stderr
    assert "5: write a size with its unit" in done.stderr
