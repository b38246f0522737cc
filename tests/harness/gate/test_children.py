"""Gates see what is done in child processes: a scratch repository whose working tree has them do more."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import Finished
from tests.repository import git

pytestmark = pytest.mark.slow

JOB = """
import subprocess, sys

PROGRAM = '''
import time
held = bytearray(b"x") * ({megabytes} << 20)
until = {seconds}
while time.process_time() < until:
    pass
'''

def task(index):
    subprocess.run([sys.executable, "-S", "-c", PROGRAM], check=True)
"""
ASKED = ("--base", "git:main", "-s", "sequential", "-W", "./jobs.py:task", "--tasks", "1", "--blocks", "8")


@pytest.mark.parametrize(
    ("metric", "candidate"),
    [("cpu", {"seconds": 0.15, "megabytes": 1}), ("memory", {"seconds": 0.05, "megabytes": 64})],
)
def test_three_times_the_work_in_a_child_is_a_regression(
    metric: str, candidate: dict[str, float], harness: Callable[..., Finished], tmp_path: Path
) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / "jobs.py").write_text(JOB.format(seconds=0.05, megabytes=1))
    git(tmp_path, "add", "jobs.py")
    git(tmp_path, "commit", "--quiet", "-m", "base")
    (tmp_path / "jobs.py").write_text(JOB.format(**candidate))
    done = harness("gate", *ASKED, "--metric", metric, "--rounds", "1", "--json", "out.json", HARNESS_GATE_WAIT="1")
    assert done.returncode == 1, done.stdout + done.stderr
    (cell,) = json.loads((tmp_path / "out.json").read_text())["cells"]
    assert cell["comparison"]["low"] > 1.05
