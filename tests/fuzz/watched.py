"""Cases one after another: what is raised that no user is told, and what takes too long."""

from __future__ import annotations

import random
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import click

from harness.errors import HarnessError
from harness.worker.frames import ProtocolError

SECONDS = 2.0
"""Of processor time, after which a case hangs."""
TOLD = (HarnessError, ProtocolError, click.ClickException, click.exceptions.Exit)


class Hung(BaseException):
    """Raised in a case that takes too long."""


def found(kind: Callable[[random.Random, Path], None], numbers: Iterable[int], file: Path) -> Iterator[dict[str, Any]]:
    """The cases of these numbers that are our own bug. A number makes the same case each time."""

    def hung(_: int, __: FrameType | None) -> None:
        raise Hung

    before = signal.signal(signal.SIGVTALRM, hung)
    try:
        for number in numbers:
            signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
            try:
                kind(random.Random(f"{kind.__name__} {number}"), file)
            except TOLD:
                pass
            except (Exception, Hung) as error:
                steps = [
                    f"{Path(step.filename).name}:{step.lineno}" for step in traceback.extract_tb(error.__traceback__)
                ]
                about = {"error": type(error).__name__, "text": str(error)[:200], "at": steps[-4:]}
                yield {"kind": kind.__name__, "number": number} | about
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    finally:
        signal.signal(signal.SIGVTALRM, before)
