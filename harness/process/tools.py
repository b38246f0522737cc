"""Programs of others that we run to their end."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from harness.process.channel import Failure

SECONDS = 30.0


def run(command: Sequence[str]) -> None:
    """Run a tool to its end. Raises Failure where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure("failed", f"{command[0]} failed: {error}") from None
    if done.returncode:
        why = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
        raise Failure("failed", f"{command[0]} failed: {why[0]}")


def said(command: Sequence[str]) -> str:
    """What a tool says on standard error; nothing where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return "" if done.returncode else done.stderr


def ends_well(command: Sequence[str]) -> bool:
    """Whether a command can be started, and ends with status 0."""
    try:
        return subprocess.run(command, capture_output=True, timeout=SECONDS).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
