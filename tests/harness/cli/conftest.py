"""The command line within this process: what needs no process of its own starts none."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli import main
from harness.process.interrupts import NUMBERS
from tests.builders import Finished


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Finished]:
    """Run the program here, in a folder of its own, as `harness` in tests/conftest.py does in a process."""
    monkeypatch.chdir(tmp_path)
    handlers = {number: signal.getsignal(number) for number in NUMBERS}

    def run(*arguments: str, **environment: str) -> Finished:
        with monkeypatch.context() as patched:
            patched.setattr(sys, "argv", ["harness", *arguments])
            for name, value in environment.items():
                patched.setenv(name, value)
            capsys.readouterr()
            with pytest.raises(SystemExit) as left:
                main()
        for number, handler in handlers.items():  # it ends without them
            signal.signal(number, handler)
        printed = capsys.readouterr()
        return subprocess.CompletedProcess(["harness", *arguments], int(left.value.code or 0), *printed)

    return run
