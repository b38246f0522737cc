"""Names to targets: the built-in ones, entry points, `module:name` and `file.py:name`. Imports none of them."""

from __future__ import annotations

import difflib

from harness import strategies, workloads
from harness.errors import HarnessError
from harness.plan import files
from harness.plugins import merged


def strategy_targets() -> dict[str, str]:
    """Every strategy by name."""
    return merged("strategy", strategies.BUILT_IN, strategies.ENTRY_POINTS)


def several(word: str) -> list[str]:
    """The strategies that a word stands for: `all` that there are, `usual` ones, or the one of that name."""
    if word not in ("all", "usual"):
        return [word]
    return [name for name in strategy_targets() if word == "all" or name not in strategies.ON_REQUEST]


def workload_targets() -> dict[str, str]:
    """Every workload by name."""
    return merged("workload", workloads.BUILT_IN, workloads.ENTRY_POINTS)


def find(kind: str, known: dict[str, str], wanted: str) -> tuple[str, str]:
    """The name and target of what was asked for. Raises HarnessError where there is no such thing."""
    if wanted in known:
        return wanted, known[wanted]
    if in_file := files.target(kind, wanted):
        return in_file
    place, colon, name = wanted.rpartition(":")
    if colon and place and all(part.isidentifier() for one in name.split("+", 1) for part in one.split(".")):
        return wanted, wanted
    near = difflib.get_close_matches(wanted, known, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise HarnessError(f"unknown {kind} {wanted!r}.{hint} There are {', '.join(known)}, module:name, file.py:name")
