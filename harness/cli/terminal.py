"""What the terminal is told besides results: one line of failure, progress, and how a signal ends a run."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import click

from harness import errors


def fail(text: str, status: int) -> NoReturn:
    """Say what is wrong, in one line, and leave."""
    click.echo(f"harness: {' '.join(text.split())}", err=True)
    sys.exit(status)


def say(said: dict[str, Any], json_path: str | None, shown: Callable[[], str]) -> None:
    """Print a document as people read it. As JSON it goes to the path that --json names, or (-) takes their place."""
    text = json.dumps(said, indent=2, allow_nan=False) if json_path else ""
    if json_path and json_path != "-":
        Path(json_path).write_text(text + "\n")
    click.echo(text if json_path == "-" else shown())


@contextlib.contextmanager
def signals() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into Interrupted, so that what runs is stopped and what was measured is kept."""

    def stop(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # once is enough: stopping takes a moment
        raise errors.Interrupted(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def progress(quiet: bool, color: str) -> Iterator[Any]:
    """What tells how far a run is: one line on stderr, redrawn only when told, and never by a thread."""
    from rich.console import Console

    console = Console(stderr=True, force_terminal=True if color == "always" else None, no_color=color == "never")
    if quiet or not console.is_terminal:
        yield lambda text: None
        return

    def tell(text: str) -> None:
        console.print(f"\r\x1b[2K[dim]{text}[/dim]", end="", highlight=False)

    try:
        yield tell
    finally:
        console.print("\r\x1b[2K", end="")
