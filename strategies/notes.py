"""What `io.note` is outside of a trace: nothing. A strategy that was written without it is given it."""

from __future__ import annotations

import contextlib
from typing import Any


def silent(text: str) -> None:
    """Say it to nobody."""


def with_note(strategy: Any) -> Any:
    """A strategy whose io has `note`."""
    io = getattr(strategy, "io", None)
    if io is not None and not hasattr(io, "note"):
        try:
            io.note = silent
        except AttributeError:  # it has slots, or is frozen
            with contextlib.suppress(TypeError):
                type(io).note = staticmethod(silent)
    return strategy
