"""What the terminal is told besides results: one line of failure, progress, and how a signal ends a run."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import IO, NoReturn

import click

from harness import errors
from harness.text import printable, uncommanded, without_password

USUAL_COLUMNS = 80
NARROW = 40
"""Columns, with fewer of which nothing would be readable."""


class Left(SystemExit):
    """Raised to end the program with a status of ours."""

    @property
    def exit_code(self) -> int:
        """The status, as Python takes what a program leaves with."""
        return self.code if isinstance(self.code, int) else errors.OK if self.code is None else 1


def note(text: str) -> None:
    """Say something in one line on stderr."""
    click.echo(uncommanded(printable(without_password(" ".join(text.split())))), err=True)


def complain(text: str, status: int = errors.OK) -> int:
    """Say what is wrong in one line on stderr, and return the status."""
    note(f"harness: {text}")
    return status


def fail(text: str, status: int) -> NoReturn:
    """Say what is wrong, in one line, and leave."""
    raise Left(complain(text, status))


def echo(text: str, nl: bool = True) -> None:
    """Print a text on stdout; none of its lines tells a job of GitHub's to do something."""
    click.echo(uncommanded(text), nl=nl)


class Signalled:
    """How a signal ended what was running."""

    status = errors.OK


@contextlib.contextmanager
def signals() -> Iterator[Signalled]:
    """Turn SIGINT, SIGTERM and SIGHUP (unless it is ignored, as under nohup) into Interrupted, so that what runs is
    stopped and what was measured is kept. Once is enough: stopping takes a moment. One more, while that is printed,
    leaves with the status of the first."""
    stopped = Signalled()

    def stop(number: int, _: object) -> None:
        if stopped.status == errors.OK:
            interrupted = errors.Interrupted(number)
            stopped.status = interrupted.status
            raise interrupted

    def leave(number: int, _: object) -> None:
        raise Left(stopped.status)

    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    numbers = (signal.SIGINT, signal.SIGTERM) if ignored else (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, leave if stopped.status else handler)


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
