"""Command lines and settings that nobody would type: parsed, and never run."""

from __future__ import annotations

import random
from pathlib import Path

import click

from harness.cli import commands
from harness.cli.group import BUILT_IN
from harness.plan import project, settings

VALUES = (
    "", "-1", "0", "1", "1e400", "nan", "inf", "9" * 40, "\udce9", "x" * 5000, "\x1b[31m", "a,b", "=", "a=b", "../..",
    "::error::", "--", "-", "2%", "10ms", "git:--upload-pack=x", "pip:-r x", "path:", "./x.py:f", "m:f", "1/2", "é",
)  # fmt: skip
TOML = (
    "", "[tool.harness]", "[tool.harness.gate]", "[[tool.harness.gate.limits]]", "x = 1", "results = 3", "tasks = -1",
    'results = "a"', "blocks = 1e400", "strategies = [1]", 'workloads = "x"', "limit = nan", "[tool", "a.b.c = []",
    "margin = 2", 'timeout = "s"', "options = {a = {b = 1}}", "\x00", 'report = "\\u0000"', "\x1b", '"harness" = 1',
    "[harness]",
)  # fmt: skip


def a_line(drawn: random.Random, _: Path) -> None:
    """Parse a command line, up to where it would do something. Raises what a user is told."""
    with click.Context(commands, info_name="harness") as above:
        name = drawn.choice([*BUILT_IN, drawn.choice(VALUES)])
        command = commands.get_command(above, name)
        if command is None:
            raise click.UsageError(name)
        options = [text for one in command.params for text in one.opts]
        words = [drawn.choice([*options, *VALUES, *VALUES]) for _ in range(drawn.randint(0, 6))]
        command.make_context(name, words, parent=above)


def a_setting(drawn: random.Random, file: Path) -> None:
    """Read a file of settings. Raises what a user is told."""
    text = "\n".join(drawn.choices(TOML, k=drawn.randint(1, 6)))
    raw = text.encode() if drawn.random() < 0.9 else drawn.randbytes(50) + text.encode()
    table = project.table_of(file, raw)
    if table is not None:
        settings.decoded(table, file)
