"""An io whose calls are known by their names while they last."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Protocol


class Calls(Protocol):
    """What hears of the calls of an io."""

    def entered(self, name: str, frame: FrameType) -> Any:
        """A call begins, in that frame; what it returns is to be given to `left`."""

    def left(self, before: Any) -> None:
        """It is over."""

    def note(self, text: object) -> None:
        """A step of the task that calls."""


class NamedCalls:
    """An object some of whose methods are told of: of an io, or of a stream."""

    def __init__(self, inner: Any, calls: Calls, awaited: bool, names: tuple[str, ...]) -> None:
        self._inner, self._calls, self._is_awaited = inner, calls, awaited
        traced = self._awaited if awaited else self._called
        vars(self).update({name: traced(name, getattr(inner, name)) for name in names if hasattr(inner, name)})
        self.note = calls.note

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def _called(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def traced(*given: Any, **named: Any) -> Any:
            before = self._calls.entered(name, sys._getframe(1))
            try:
                return self._told(name, call(*given, **named))
            finally:
                self._calls.left(before)

        return traced

    def _awaited(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        async def traced(*given: Any, **named: Any) -> Any:
            before = self._calls.entered(name, sys._getframe(1))
            try:
                return self._told(name, await call(*given, **named))
            finally:
                self._calls.left(before)

        return traced

    def _told(self, name: str, value: Any) -> Any:
        """A stream whose calls are told of, where a call opens one."""
        return stream(value, self._calls, self._is_awaited) if name == "connect" else value


def io(inner: Any, calls: Calls, awaited: bool) -> NamedCalls:
    """An io of either kind."""
    return NamedCalls(inner, calls, awaited, ("sleep", "connect", "checkpoint"))


def stream(inner: Any, calls: Calls, awaited: bool) -> NamedCalls:
    """A stream of either kind."""
    return NamedCalls(inner, calls, awaited, ("send", "receive", "close"))
