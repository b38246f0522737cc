"""What the terminal is told besides results: one line of failure, progress, and how a signal ends a run."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, NoReturn

import click

from harness import errors
from harness.text import READABLE, cleaned

USUAL_COLUMNS = 80
NARROW = 40
"""Columns, with fewer of which nothing would be readable."""


def open_streams() -> None:
    """Open /dev/null as what we were started without, of stdin, stdout and stderr (cron jobs, daemons): the next pipe
    or file would take its number, and what is printed would go there."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: those below are open by now
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def readable_streams() -> None:
    """Have what a terminal cannot show written as escapes, whatever its encoding."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=READABLE)


def fail(text: str, status: int) -> NoReturn:
    """Say what is wrong, in one line, and leave."""
    click.echo(f"harness: {' '.join(text.split())}", err=True)
    sys.exit(status)


def say(said: dict[str, Any], json_path: str | None, shown: Callable[[], str]) -> None:
    """Print a document as people read it. As JSON it goes to the path that --json names, or (-) takes their place."""
    text = json.dumps(cleaned(said), indent=2, allow_nan=False) if json_path else ""
    if json_path and json_path != "-":
        Path(json_path).write_text(text + "\n")
    click.echo(text if json_path == "-" else shown())


class Signalled:
    """How a signal ended what was running."""

    status = errors.OK


@contextlib.contextmanager
def signals() -> Iterator[Signalled]:
    """Turn SIGINT and SIGTERM into Interrupted, so that what runs is stopped and what was measured is kept."""
    stopped = Signalled()

    def stop(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # once is enough: stopping takes a moment
        interrupted = errors.Interrupted(number)
        stopped.status = interrupted.status
        raise interrupted

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def progress(quiet: bool, color: str) -> Iterator[Callable[[str], None]]:
    """What tells how far a run is: one line on stderr, redrawn only when told, and never by a thread. Nothing stays of
    it, and nothing is told where stderr is no terminal, or one that cannot go back to the start of a line."""
    if quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda text: None
        return
    from rich.console import Console
    from rich.control import Control
    from rich.segment import ControlType
    from rich.text import Text

    plain = color == "never" or (color == "auto" and os.environ.get("NO_COLOR"))
    console = Console(
        stderr=True, force_terminal=True, no_color=bool(plain), width=columns(sys.stderr), highlight=False
    )
    erase = Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2))

    def tell(text: str) -> None:
        console.width = columns(sys.stderr)
        line = Text("".join(c if c.isprintable() else " " for c in text), "" if plain else "dim")
        line.truncate(console.width - 1, overflow="ellipsis")  # a line that wraps cannot be erased as one
        console.control(erase)
        console.print(line, end="")

    try:
        yield tell
    finally:
        console.control(erase)


def columns(stream: IO[str]) -> int:
    """How wide the terminal is that a stream goes to; where it goes elsewhere, as wide as is usual."""
    with contextlib.suppress(OSError, ValueError):
        return max(NARROW, os.get_terminal_size(stream.fileno()).columns or USUAL_COLUMNS)
    return USUAL_COLUMNS


def form(tablefmt: str | None) -> str | int:
    """What a table is printed as: in the format that was asked for, or as wide as the terminal."""
    return tablefmt or columns(sys.stdout)


def blocks_shown() -> bool:
    """Whether results go to a terminal that shows bars of eighths of a cell."""
    return sys.stdout.isatty() and "utf" in (sys.stdout.encoding or "").lower()


def coloured(color: str) -> bool:
    """Whether results have colours: as asked, or on a terminal that shows them, unless NO_COLOR is set."""
    dumb = os.environ.get("TERM") == "dumb" or bool(os.environ.get("NO_COLOR"))
    return color == "always" or (color == "auto" and sys.stdout.isatty() and not dumb)
