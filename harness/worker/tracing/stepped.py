"""A task's coroutine, whose steps are told: each is between a `send`, or a `throw`, and what it yields."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from types import FrameType
from typing import Any, Protocol

from harness.worker.stacks import of_coroutine


class Steps(Protocol):
    """What hears of the steps of tasks."""

    def enter(self, task: int) -> Any:
        """A step begins; what it returns is to be given to `leave`."""

    def leave(self, before: Any) -> None:
        """It is over."""

    def suspended(self, task: int, stack: list[FrameType]) -> None:
        """It ended with the task suspended: its frames, the innermost first."""

    def finished(self, task: int, raised: str = "") -> None:
        """It was the last one."""


class Stepped(Coroutine[Any, Any, Any]):
    """The coroutine that it is made of, for any loop: asyncio, uvloop, trio, or a plain `send`."""

    def __init__(self, inner: Coroutine[Any, Any, Any], task: int, steps: Steps) -> None:
        self._inner, self._task, self._steps = inner, task, steps

    def send(self, value: Any) -> Any:
        return self._step(self._inner.send, value)

    def throw(self, *error: Any) -> Any:
        return self._step(self._inner.throw, *error)

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self

    def __iter__(self) -> Stepped:
        return self

    def __next__(self) -> Any:
        return self.send(None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def _step(self, step: Callable[..., Any], *given: Any) -> Any:
        before = self._steps.enter(self._task)
        try:
            yielded = step(*given)
        except StopIteration:
            self._steps.finished(self._task)
            raise
        except BaseException as error:
            self._steps.finished(self._task, type(error).__name__)
            raise
        else:
            self._steps.suspended(self._task, of_coroutine(self._inner))
            return yielded
        finally:
            self._steps.leave(before)
