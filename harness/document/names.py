"""What a group is called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.text import option_without_secret


def named(workload: str, options: dict[str, Any], shown: Sequence[str] | None = None) -> str:
    """A workload with its options that apply (`shown`, None where all do), but for those that are off."""
    return " ".join([workload, *written({name: value for name, value in options.items() if value}, shown)])


def applied(options: dict[str, Any], shown: Sequence[str] | None = None) -> list[str]:
    """Options that apply as they are typed, but for those that have no value."""
    return written({name: value for name, value in options.items() if value not in ([], None)}, shown)


def written(options: dict[str, Any], shown: Sequence[str] | None = None) -> list[str]:
    """Options that apply as they are typed, `key=value`; without passwords."""
    return [
        option_without_secret(f"{name}={_text(value)}")
        for name, value in options.items()
        if shown is None or name in shown
    ]


def typed(options: dict[str, Any]) -> list[str]:
    """Options as the command line takes them, each in its `key=value`, in the order of their names (the class's own may
    change), without passwords."""
    return [
        option_without_secret(f"{name}={one}")
        for name, value in sorted(options.items())
        for one in (value if isinstance(value, list) else [] if value is None else [value])
    ]


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def sizes(tasks: int, concurrency: int) -> str:
    """How many tasks, and how many of them at once."""
    return f"{tasks:,} tasks, {concurrency:,} in flight"
