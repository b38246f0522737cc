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


NEED: dict[str, tuple[str, ...]] = {
    "count_with": ("count",),
    "slo": ("find_capacity",),
    **dict.fromkeys(("mixed_hosts", "tls_ca", "tls_cert", "tls_key"), ("on",)),
    **dict.fromkeys(("install", "ssh", "insecure"), ("on", "server_on")),
}
"""Options that say how something is done which another option asks for, or any of others."""


def spared(context: click.Context, asked: dict[str, Any]) -> dict[str, Any]:
    """What a command was asked for, without settings that say how to do what nobody asks for."""
    typed = click.core.ParameterSource.COMMANDLINE
    unasked = {name for name, of in NEED.items() if not any(map(asked.get, of))}
    idle = {name for name in unasked if context.get_parameter_source(name) is not typed}
    return {name: _unset(value) if name in idle else value for name, value in asked.items()}


def _unset(value: Any) -> Any:
    """What an option has that nobody gave."""
    return False if isinstance(value, bool) else None


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
