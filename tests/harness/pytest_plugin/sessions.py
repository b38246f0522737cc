"""pytest runs of their own, with the real pytest-benchmark."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.builders import Finished

QUIET = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")  # the latter: most of what a start of pytest takes


def pytest_in(folder: Path, text: str, *arguments: str, program: str = "", **variables: str) -> Finished:
    """Run a file of tests in a folder."""
    (folder / "test_it.py").write_text(text)
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    return subprocess.run(
        [*([program] if program else [sys.executable, "-m", "pytest"]), *QUIET, "-rs", "test_it.py", *arguments],
        cwd=folder,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=120,
    )
