"""A user's own workload with set-up and tear-down: any class with `task` or `async_task`, and those that it needs of
`open`, `before`, `after`, `close` and `check`. And a plain function beside an `async def` that does the same.

`open` and `close` are called once in a worker, `before` and `after` round by round, all of it outside the clock and
within the loop, if there is one. Under an AsyncStrategy each may be an `async def`, and `async_open` (and so on) takes
the place of `open`, so that a class can have a client of either kind."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Sequence
from typing import Any

from harness.strategies.base import AsyncStrategy, Strategy
from harness.workloads.base import FAILED, Peer, Unsupported
from harness.workloads.function import Calling, Function
from harness.workloads.signature import VARIADIC, Option, awaits, form, kind_of, options, place

TASKS = ("task", "async_task")
STEPS = ("open", "before", "after", "close", "check")


def is_owned(found: Any) -> bool:
    """Whether it is a class, or an object that has tasks."""
    return isinstance(found, type) or any(callable(getattr(found, name, None)) for name in TASKS)


def tasks_of(found: Any) -> list[str]:
    """The tasks that a class or an object has."""
    own = found if isinstance(found, type) else type(found)
    called = any("__call__" in vars(kind) for kind in own.__mro__)
    named = [name for name in TASKS if callable(getattr(found, name, None))]
    return named or (["__call__"] if called else [])


class Owned(Function):
    """A class of the user's own, or an object of one."""

    def bound(self, strategy: Strategy | AsyncStrategy, peer: Peer | None) -> Calling:
        return Owning(made(self.function, self.options), isinstance(strategy, AsyncStrategy), self.options)


def known(found: Any) -> dict[str, Option]:
    """The options of a class or an object: what its tasks take by name and has a default, and of a class what its
    constructor takes so, and public fields with a default. Raises ValueError where its constructor wants more, or a
    task or step takes what nobody gives."""
    for name in STEPS:
        if callable(step := getattr(found, name, None)):
            _check_step(found, name, step)
    if not (names := tasks_of(found)):
        raise ValueError(f"{found.__name__} is a class without task, async_task or __call__")
    if not isinstance(found, type):
        return tasks_options(found, names)
    parameters = list(inspect.signature(found).parameters.values())
    for one in parameters:
        if one.default is one.empty and one.kind not in VARIADIC:
            raise ValueError(f"{found.__name__}() needs {one.name!r}, which nobody gives: give it a default")
    own = _fields(found) | options(vars(found).get("__init__", found), parameters)
    return tasks_options(found, names) | own


def tasks_options(found: Any, names: Sequence[str]) -> dict[str, Option]:
    """The options of tasks. Raises ValueError where one takes what nobody gives."""
    every: dict[str, Option] = {}
    for name in names:
        task = getattr(found, name)
        if isinstance(found, type) and inspect.isfunction(task) and not _is_static(found, name):
            task = types.MethodType(task, found)  # as of an object, which there is not yet
        every |= form(task).options
    return every


def _check_step(found: Any, name: str, step: Any) -> None:
    wants = ("index", "value") if name == "check" else ()
    given = (None,) * (len(wants) + (isinstance(found, type) and not _is_static(found, name)))
    try:
        inspect.signature(step).bind(*given)
    except TypeError:
        raise ValueError(f"{name} must take ({', '.join(wants)}), not what it does ({place(step)})") from None


def _is_static(found: Any, name: str) -> bool:
    return isinstance(inspect.getattr_static(found, name), staticmethod | classmethod)


def _fields(found: type) -> dict[str, Option]:
    """Annotated fields of a class with a plain default."""
    fields = {}
    for kind in reversed(found.__mro__):
        for name in inspect.get_annotations(kind):
            default = vars(kind).get(name)
            if not name.startswith("_") and (type_ := kind_of(None, default)) is not None:
                fields[name] = Option(type_, default)
    return fields


def made(found: Any, chosen: dict[str, Any]) -> Any:
    """An object of a class, with these options: by its constructor where that takes them, else as fields."""
    if not isinstance(found, type):
        return found
    taken = inspect.signature(found).parameters
    thing = found(**{name: value for name, value in chosen.items() if name in taken})
    fields = _fields(found)
    for name, value in chosen.items():
        if name not in taken and name in fields:
            setattr(thing, name, value)
    return thing


class Owning(Calling):
    """The tasks of an object, and its steps."""

    checks_each = True

    def __init__(self, thing: Any, is_async: bool, options: dict[str, Any]) -> None:
        task = self._task(thing, is_async)
        super().__init__(task, {name: value for name, value in options.items() if name in form(task).options})
        self._thing, self._is_async = thing, is_async
        self.compared = self._step("check") is None
        self.closes = self._step("close") is not None

    @staticmethod
    def _task(thing: Any, is_async: bool) -> Callable[..., Any]:
        names = ("async_task", "task", "__call__") if is_async else ("task", "__call__")
        for name in names:
            if name in tasks_of(thing):
                return getattr(thing, name)  # type: ignore[no-any-return]
        raise Unsupported(f"{type(thing).__name__} has no task, which this strategy needs, only async_task")

    def _step(self, name: str) -> Any:
        own = getattr(self._thing, f"async_{name}", None) if self._is_async else None
        return own or getattr(self._thing, name, None)

    def _call(self, name: str) -> Any:
        if (step := self._step(name)) is None:
            return None
        if not self._is_async and awaits(step):
            raise Unsupported(f"{name} is an async def ({place(step)}), and this strategy cannot await")
        return step()

    def open(self) -> Any:
        return self._call("open")

    def begin(self) -> Any:
        return self._call("before")

    def end(self) -> Any:
        return self._call("after")

    def close(self) -> Any:
        return self._call("close")

    def check(self, values: Sequence[Any]) -> Any:
        check = self._step("check")
        if check is None:
            return None
        if awaits(check):
            return self._checked(check, values)
        return next(
            (
                wrong
                for index, value in enumerate(values)
                if value is not FAILED and (wrong := verdict(index, check(index, value)))
            ),
            None,
        )

    async def _checked(self, check: Callable[[int, Any], Any], values: Sequence[Any]) -> str | None:
        for index, value in enumerate(values):
            if value is not FAILED and (wrong := verdict(index, await check(index, value))):
                return wrong
        return None


def verdict(index: int, said: Any) -> str | None:
    """What a check says of one value: a text is what is wrong; None is right, as is what is true; the rest is wrong."""
    if isinstance(said, str):
        return f"check: task {index}: {said}" if said else None
    if inspect.isgenerator(said) or inspect.isasyncgen(said):
        return "check: it has a `yield`, and so nothing of it has run"
    return None if said is None or said else f"check: task {index} returned a wrong value"


class Pair:
    """A plain function, and an `async def` that does the same: one workload, with the form that a strategy can run."""

    def __init__(self, first: Callable[..., Any], second: Callable[..., Any]) -> None:
        """In either order; where none is an `async def`, the second is for those that await. Raises ValueError."""
        if awaits(first) and awaits(second):
            raise ValueError("both are async defs: with + one is for strategies that cannot await")
        self.plain, self.awaited = (second, first) if awaits(first) else (first, second)
        self.__doc__ = first.__doc__

    def __call__(self, index: int) -> Any:
        """It is a workload as a function is."""
        return self.plain(index)

    def options(self) -> dict[str, Option]:
        """Those of both. Raises ValueError where one has two defaults."""
        ours, theirs = form(self.plain).options, form(self.awaited).options
        for name in ours.keys() & theirs.keys():
            if ours[name] != theirs[name]:
                raise ValueError(f"{name} is not the same in both: {ours[name].default!r}, {theirs[name].default!r}")
        return ours | theirs


class Paired(Function):
    """Two functions that do the same."""

    def bound(self, strategy: Strategy | AsyncStrategy, peer: Peer | None) -> Calling:
        pair: Any = self.function
        chosen = pair.awaited if isinstance(strategy, AsyncStrategy) else pair.plain
        return Calling(chosen, {n: v for n, v in self.options.items() if n in form(chosen).options})
