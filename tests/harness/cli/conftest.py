"""The command line within this process: what needs no process of its own starts none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli import main
from tests.builders import Finished


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Finished]:
    """Run the program here, in a folder of its own, as `harness` in tests/conftest.py does in a process."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **environment: str) -> Finished:
        with monkeypatch.context() as patched:
            patched.setattr(sys, "argv", ["harness", *arguments])
            for name, value in environment.items():
                patched.setenv(name, value)
            capsys.readouterr()
            with pytest.raises(SystemExit) as left:
                main()
        printed = capsys.readouterr()
        return subprocess.CompletedProcess(["harness", *arguments], int(left.value.code or 0), *printed)

    return run
