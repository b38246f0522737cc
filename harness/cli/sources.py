"""Where a wrong value comes from that nobody typed: a variable, or the project's settings."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from harness.errors import HarnessError
from harness.plan import project

PARAMETERS = {"strategy": "strategies", "workload": "workloads", "param": "options", "variant": "variants"}
"""Long names of options, and what variables call them, where that is something else."""
SHORT = {"strategy": "-s", "workload": "-W", "param": "-P"}


def source(said: str, arguments: Sequence[str]) -> str:
    """What to put before the text of an error about a command's value; nothing where it was typed."""
    name = subject(said)
    if not (name and arguments) or typed(name, arguments):
        return ""
    variable = f"HARNESS_{arguments[0]}_{PARAMETERS.get(name, name)}".replace("-", "_").upper()
    if os.environ.get(variable):
        return f"{variable}: "
    try:
        found = project.find()
    except HarnessError:
        return ""
    return f"{found.file}: [tool.harness]: " if found and name in found.table else ""


def subject(said: str) -> str | None:
    """The long name of the option that an error is about."""
    found = re.match(r"--([a-z-]+)|(-P) |(?:unknown )?(strategy|workload|variant) ", said)
    return (found[1] or ("param" if found[2] else found[3])) if found else None


def typed(name: str, arguments: Sequence[str]) -> bool:
    """Whether an option stands on the command line."""
    short = SHORT.get(name)
    return any(
        one.partition("=")[0] == f"--{name}" or (short is not None and one.startswith(short)) for one in arguments
    )
