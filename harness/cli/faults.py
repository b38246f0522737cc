"""What the system refused, in one line: which call, and what for."""

from __future__ import annotations

import linecache
import traceback
from pathlib import Path

from harness.errors import refused

HOUSE = Path(__file__).parents[1]
PURPOSE = {
    "cli": "for the command line",
    "machine": "to see what this machine is and allows",
    "measure": "to measure",
    "plan": "to plan what to measure",
    "process": "to start, watch or end a process",
    "record": "for the record",
    "variants": "to build a variant",
}
"""What the calls of a room are for."""


def refusal(error: OSError) -> str:
    """What an OSError that nobody expected says to a user."""
    return f"{_call(error)}: {refused(error)}"


def place(error: BaseException) -> str:
    """The file and line that raised."""
    steps = traceback.extract_tb(error.__traceback__)
    return f"{Path(steps[-1].filename).name}:{steps[-1].lineno}" if steps else "?"


def _call(error: OSError) -> str:
    """The innermost call of ours on the way to an error, and what its room is for."""
    for step in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(step.filename)
        if file.is_relative_to(HOUSE) and step.lineno:
            end = step.end_colno if step.lineno == step.end_lineno else None
            text = linecache.getline(step.filename, step.lineno)[step.colno : end]
            room = file.relative_to(HOUSE).parts[0]
            return f"{text.partition('(')[0]} ({PURPOSE.get(room, 'for ' + room)}, {file.name}:{step.lineno})"
    return f"a call at {place(error)}"
