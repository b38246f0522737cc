"""Where this user keeps what can be made again: environments, worktrees, what counts
instructions, and the records of what strategies are like."""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import HarnessError


def folder() -> Path:
    """HARNESS_CACHE, or the user's cache (XDG base directories). Raises HarnessError where this user has no home."""
    if named := os.environ.get("HARNESS_CACHE"):
        return Path(named).absolute()
    try:
        usual = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "concurrency-harness"
    except RuntimeError:  # HOME is not set, and nobody is known by this user's number
        raise HarnessError(
            "this user has no home folder: HARNESS_CACHE names where to keep what can be made again"
        ) from None
    return usual.absolute()
