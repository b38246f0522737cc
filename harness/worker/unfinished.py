"""Values that are work not yet done: what a task returned, and nobody awaited, iterated or waited for.

The values of every round are looked at, outside the clock. What is seen is said in the row; it is closed or cancelled,
so that nothing of it runs into another round."""

from __future__ import annotations

import contextlib
import inspect
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import (
    accumulate,
    chain,
    compress,
    dropwhile,
    filterfalse,
    groupby,
    islice,
    pairwise,
    starmap,
    takewhile,
    tee,
    zip_longest,
)
from typing import Any

from harness.worker.messages import Failed
from harness.workloads.signature import place, placed

PLAIN = frozenset((type(None), bool, int, float, complex, str, bytes, bytearray))
HOLDERS: tuple[type, ...] = (list, tuple, set, frozenset, dict)
MOST_INSIDE, DEEPEST = 1000, 3
LAZY: tuple[type, ...] = (
    map, filter, zip, enumerate, type(iter(int, 1)), type(tee(())[0]), accumulate, chain, compress, dropwhile,
    filterfalse, groupby, islice, pairwise, starmap, takewhile, zip_longest,
)  # fmt: skip
"""Iterators that call something for each item, or go through one that may: nothing of it has run."""
MANAGERS = ("_GeneratorContextManager", "_AsyncGeneratorContextManager")
FUTURE, RESULT = ("add_done_callback", "result", "cancel"), ("ready", "get", "wait")
"""What futures have (concurrent.futures, distributed), and results of pools (multiprocessing, gevent, celery)."""


def found(values: Sequence[Any], function: Callable[..., Any] | None, is_async: bool) -> Failed | None:
    """What to say of a round in whose values there is work not yet done: of the first. All of it is closed."""
    first: tuple[int, str, str] | None = None
    for index, value in enumerate(values):
        if type(value) in PLAIN:
            continue
        for holder, inside in _within(value):
            if (what := _what(inside)) is not None:
                discard(inside)
                first = first or (index, *_said(what, inside, holder))
    if first is None:
        return None
    index, kind, words = first
    by = f" ({place(function)})" if function else ""
    if kind == "awaitable" and not is_async:
        return Failed("unsupported", f"task {index} returned {words}, and this strategy's tasks cannot await{by}")
    return Failed("invalid", f"task {index} returned {words}, {TO_DO[kind]}{by}")


TO_DO = {
    "awaitable": "which nobody awaited: await it",
    "generator": "of which nothing has run: return a value in place of `yield`",
    "lazy": "of which nothing has run: make a list of it",
    "future": "which nobody waited for: return its result",
    "running": "which nobody waited for: join it",
}


def _said(what: str, value: Any, holder: Any) -> tuple[str, str]:
    name = getattr(value, "__qualname__", None)
    kind = type(value).__name__.replace("_", " ").strip()
    words = f"{'an' if kind[0] in 'aeiouAEIO' else 'a'} {kind}" + (f" of {name}" if isinstance(name, str) else "")
    return what, words if holder is None else f"a {type(holder).__name__} with {words}"


def _within(value: Any, holder: Any = None, depth: int = 0) -> Iterator[tuple[Any, Any]]:
    """A value, and what plain containers hold, each with what holds it."""
    if not isinstance(value, HOLDERS):
        yield holder, value
    elif depth < DEEPEST:
        held: Iterable[Any] = value.values() if isinstance(value, dict) else value  # type: ignore[assignment]
        for one in islice(held, MOST_INSIDE):
            if type(one) not in PLAIN:
                yield from _within(one, value, depth + 1)


def _what(value: Any) -> str | None:
    """Which kind of work not yet done a value is, if it is."""
    kind = type(value)
    if inspect.isawaitable(value):
        return "awaitable"
    if inspect.isgenerator(value) or inspect.isasyncgen(value) or _of(value, "contextlib", *MANAGERS):
        return "generator"
    if isinstance(value, LAZY):
        return "lazy"
    if _has(kind, FUTURE) or _has(kind, RESULT) or _of(value, "gevent.greenlet", "Greenlet"):
        return "future"
    return "running" if _runs(value) else None


def _has(kind: type, names: Sequence[str]) -> bool:
    return all(callable(getattr(kind, name, None)) for name in names)


def _of(value: Any, module: str, *names: str) -> bool:
    """Whether a value is of a class of a module, if that was imported."""
    there = sys.modules.get(module)
    return there is not None and isinstance(value, tuple(getattr(there, name) for name in names))


def _runs(value: Any) -> bool:
    """Whether it is a thread or process that has not ended, or a greenlet that was not switched to its end."""
    if _of(value, "subprocess", "Popen"):
        return value.returncode is None  # nobody waited for it
    if _of(value, "threading", "Thread"):
        return value.ident is None or value.is_alive()
    if _of(value, "multiprocessing.process", "BaseProcess"):
        return bool(value._popen is None or value.is_alive())
    return _of(value, "greenlet", "greenlet") and not value.dead


def discard(value: Any) -> None:
    """Close what was never awaited or iterated, cancel what can be; what has begun elsewhere is not ours to end."""
    coroutine = value.get_coro() if callable(getattr(value, "get_coro", None)) else value
    for one, how in ((value, "cancel"), (coroutine, "close")):
        if how == "cancel" or inspect.iscoroutine(one) or inspect.isgenerator(one):
            with contextlib.suppress(Exception):
                getattr(one, how)()


class Unawaited:
    """Hears of coroutines that end without having been awaited, which is what Python warns of."""

    def __init__(self) -> None:
        self._names: list[str] = []
        warnings._warn_unawaited_coroutine = self._heard  # type: ignore[attr-defined]  # CPython looks it up there

    def _heard(self, coroutine: Any) -> None:
        code = getattr(coroutine, "cr_code", None)
        self._names.append(placed(coroutine.__qualname__, code) if code else coroutine.__qualname__)

    def said(self, function: Callable[..., Any] | None) -> Failed | None:
        """What to say of those since the last time."""
        names, self._names = self._names, []
        if not names:
            return None
        by = f" ({place(function)})" if function else ""
        many = f"{len(names):,} coroutines were" if len(names) > 1 else "a coroutine was"
        return Failed(
            "invalid", f"{many} never awaited, so that nothing of {names[0]} has run: an `await` is missing{by}"
        )
