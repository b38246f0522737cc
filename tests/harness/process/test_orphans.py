"""What is ours, and what cannot be told to be."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from harness.errors import IncompleteError
from harness.process import brand
from harness.process.orphans import adopted


def test_without_proc_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "exists", lambda path: False)
    with pytest.raises(IncompleteError, match="mount -t proc proc /proc"), adopted():
        pytest.fail("it is started")


def test_a_number_that_is_anothers_by_now_is_not_killed() -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        brand._kill(other.pid, brand.of(os.getpid()))
        assert other.poll() is None
        other.kill()
    assert other.returncode == -signal.SIGKILL
