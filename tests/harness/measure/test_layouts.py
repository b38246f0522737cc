"""The same code counts the same wherever its objects come to lie."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import Finished, qemu

JOB = """
import json

{more}
TEXT = json.dumps(list(range(20)))


def task(index):
    for _ in range(100):
        json.loads(TEXT)
    return index
"""


@pytest.mark.slow
@qemu
def test_counts_of_the_same_code_do_not_depend_on_where_its_objects_lie(
    harness: Callable[..., Finished], tmp_path: Path
) -> None:
    """Without the allocator for counting they were up to 1 % apart under asyncio."""
    counted = []
    for number, name in enumerate(("short", "a-folder-whose-name-is-longer", "another")):
        folder = tmp_path / name
        folder.mkdir()
        more = f"KEPT = [str(number) * {number} for number in range({1000 * number})]"
        (folder / "jobs.py").write_text(JOB.format(more=more))
        asked = ("-s", "asyncio", "-W", f"{folder}/jobs.py:task", "--tasks", "20", "--blocks", "1", "--rounds", "1")
        done = harness("run", *asked, "--count", "instructions", "--count-with", "qemu", "--json", "-")
        (group,) = json.loads(done.stdout)["groups"]
        counted.append(group["rows"][0]["instructions_per_task"]["median"])
    assert max(counted) / min(counted) < 1.001
