"""What the settings of a project say, as the defaults of a command's options."""

from __future__ import annotations

from typing import Any

import click

from harness.plan import project

TAKES: dict[str, tuple[str, ...] | None] = {
    "run": None,
    "gate": ("strategy", "workload", "param", "tasks", "concurrency", "results"),
}
"""Commands that take settings, and which: all, or those that say what is compared."""


def of(command: click.Command) -> dict[str, Any]:
    """The values of a command's parameters that the project's settings have. Raises HarnessError."""
    if command.name not in TAKES:
        return {}
    found = project.settings()
    if found is None:
        return {}
    where, said = found
    takes = TAKES[command.name]
    named = {option.removeprefix("--"): str(one.name) for one in command.params for option in one.opts}
    options = said.options(where.folder).items()
    return {named[name]: value for name, value in options if takes is None or name in takes}
