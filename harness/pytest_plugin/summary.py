"""What the session has measured, in words, at the end of pytest's output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.pytest_plugin.sets import KEPT, Sets
from harness.report.screen import screen

if TYPE_CHECKING:
    from harness.document.run import Run

WIDTH = 80


def write(reporter: pytest.TerminalReporter) -> None:
    """Write a section for each set."""
    kept = reporter.config.stash.get(KEPT, Sets())
    for one in kept.shown:
        reporter.section(f"harness: {one.title}", sep="-", bold=True)
        reporter.write_line(text(one.run, reporter.hasmarkup))
        if one.remark:
            reporter.write_line(one.remark)


def text(run: Run, colour: bool) -> str:
    """A run at 80 columns, with colour where pytest has it."""
    return screen(run, WIDTH, not colour, colour)
