"""What a group is called."""

from __future__ import annotations

from typing import Any


def named(workload: str, options: dict[str, Any]) -> str:
    """A workload with its options, but for those that are off."""
    return " ".join([workload, *(f"{name}={value}" for name, value in options.items() if value)])


def sizes(tasks: int, concurrency: int) -> str:
    """How many tasks, and how many of them at once."""
    return f"{tasks:,} tasks, {concurrency:,} in flight"
