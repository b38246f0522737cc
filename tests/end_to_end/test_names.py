"""The program in folders whose names are those of modules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import LOOK

SPOILT = "raise ImportError('the file of the user has been imported')\n"
BIN = Path(sys.executable).parent


@pytest.mark.parametrize("program", [[sys.executable, "-m", "harness"], [str(BIN / "harness")]], ids=["-m", "script"])
def test_files_named_like_libraries_are_not_imported_by_the_program(tmp_path: Path, program: list[str]) -> None:
    for name in ("typing", "click", "msgspec", "json", "psutil", "strategies", "workloads", "tests"):
        (tmp_path / f"{name}.py").write_text(SPOILT)
    command = [*program, "run", "-s", "sequential", "-W", "noop", "--tasks", "1", *LOOK]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_harness_of_the_users_does_not_keep_the_console_script_from_ours(tmp_path: Path) -> None:
    (tmp_path / "harness").mkdir()
    (tmp_path / "harness" / "__init__.py").write_text(SPOILT)
    done = subprocess.run([str(BIN / "harness"), "--version"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
