"""What to type to have a number of the page again, or the whole run. Pure functions."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from harness.document.again import typed_flags
from harness.document.names import typed
from harness.document.run import Group, Run

PROGRAM = "harness"


def show(run: str, *words: str) -> str:
    """The run on a terminal."""
    return shlex.join([PROGRAM, "show", run, *words])


def rows(run: str, group: int, fields: Iterable[str]) -> str:
    """Some fields of a group's rows, out of the JSON."""
    wanted = ", ".join(f".{field}" for field in ("name", *fields))
    return f"{show(run, '--json', '-')} | jq -c {shlex.quote(f'.groups[{group}].rows[] | [{wanted}]')}"


def top(run: str, field: str) -> str:
    """A field of the run itself."""
    return f"{show(run, '--json', '-')} | jq -c {shlex.quote(f'.{field}[]')}"


def again(run: Run, group: Group) -> str:
    """The run of a group's cells, with as many blocks."""
    strategies = ",".join(dict.fromkeys(row.strategy for row in group.rows))
    variants = dict.fromkeys((row.variant, row.variant_spec) for row in group.rows if row.variant)
    applied = {name: value for name, value in group.options.items() if group.shown is None or name in group.shown}
    words = [PROGRAM, "run", *typed_flags(run.reached), "-s", strategies, "-W", group.workload]
    words += [word for text in typed(applied) for word in ("-P", text)]
    words += [word for name, spec in variants for word in ("--variant", f"{name}={spec}")]
    words += ["--tasks", str(group.tasks), "--concurrency", str(group.concurrency)]
    words += ["--blocks", str(run.blocks)] if run.blocks else []
    return shlex.join(words)
