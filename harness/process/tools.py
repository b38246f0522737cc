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


def succeeds(command: Sequence[str], text: str) -> bool:
    """Whether a tool works here, and counts: it ends well and says this, and not that it is not supported."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    return done.returncode == 0 and text in done.stderr and "not supported" not in done.stderr


def ends_well(command: Sequence[str]) -> bool:
    """Whether a command can be started, and ends with status 0."""
    try:
        return subprocess.run(command, capture_output=True, timeout=SECONDS).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
