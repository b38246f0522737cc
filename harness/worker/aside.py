"""Failures in what a task started: threads, greenlets, asyncio's tasks and callbacks, `__del__`.

No strategy raises them, since nobody waits for what failed; the libraries print them. Here they are remembered as well,
by what each library calls where it prints: nothing is added to what does not fail."""

from __future__ import annotations

import functools
import gc
import itertools
import sys
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, NamedTuple

from harness.worker import causes, failures
from harness.worker.messages import Failed

PRINTED = 1_000_000
"""Letters of the longest text that libraries are left to print: some take minutes over a long one."""
MOST, KINDS = 100, 20
"""Failures of a round that are kept, and kinds of noise; the other failures are counted."""
THREAD = "in a thread that the task started"
GREENLET = "in a greenlet that the task started"
AWAITED_BY_NOBODY = "in an asyncio task that nobody awaited"
RESULT = "in a call to a pool whose result nobody took"
CALLBACK = "in a callback of asyncio's loop"
CALLED_BACK = "in a callback of a future of a pool"


class Seen(NamedTuple):
    """A failure, and the traceback that it had: another one by now means that somebody has caught it since."""

    place: str
    error: BaseException
    traceback: TracebackType | None
    sure: bool
    """Whether it is the user's, wherever it was raised."""
    future: Any = None
    """That has it, until somebody asks for it."""

    def was_caught(self) -> bool:
        """Whether somebody has had it meanwhile."""
        asked_for = self.future is not None and ASKED in vars(self.future)
        return asked_for or self.error.__traceback__ is not self.traceback


class Aside:
    """What failed beside the tasks, until it is told."""

    def __init__(self) -> None:
        self._seen: dict[int, Seen] = {}  # filled by any thread
        self._numbers = itertools.count()
        self._more = 0
        self._listens: set[str] = set()
        self.noise: dict[str, int] = {}
        """What went wrong within libraries alone, and how often: no failure of the user's."""

    def note(self, place: str, error: BaseException | None, sure: bool = True, future: Any = None) -> None:
        """Remember a failure, and forget those that were caught since: their frames hold what the program let go."""
        if error is None:
            return
        for number, one in list(self._seen.items()):
            if one.was_caught():
                self._seen.pop(number, None)
        if len(self._seen) < MOST:
            self._seen[next(self._numbers)] = Seen(place, error, error.__traceback__, sure, future)
        else:
            self._more += 1

    def listen(self) -> None:
        """Hear of failures in whatever has been imported by now; harmless when it hears of them already."""
        loaded = LISTENERS.keys() & sys.modules.keys()
        for name in loaded - self._listens:
            self._listens.add(name)
            LISTENERS[name](self.note, sys.modules[name])

    def look(self) -> None:
        """Look for failures that are kept where nobody has heard of them, among all the objects that there are."""
        kept_in_loops(self.note, gc.get_objects())

    def forget(self) -> None:
        """Forget what failed so far: a round that failed is told already."""
        self._seen, self._more = {}, 0

    def heard(self) -> list[Seen]:
        """What failed so far, and nobody caught."""
        return [one for one in list(self._seen.values()) if not one.was_caught()]

    def failed(self, values: Sequence[Any] = ()) -> Failed | None:
        """What failed since it was asked last, as an answer; None where nothing did. `values`: those of the tasks."""
        seen, more = self.heard(), self._more
        self.forget()
        theirs = [one for one in seen if one.sure or users_code_in(one.traceback)]
        if theirs:
            return told(theirs[0], more + len(theirs) - 1)
        for one in seen:
            words = f"{one.place}: {failures.told(one.error).reason}"
            if words in self.noise or len(self.noise) < KINDS:
                self.noise[words] = self.noise.get(words, 0) + 1
        ended = sys.modules.get("greenlet") and next((one for one in values if is_exit(one)), None)
        return failures.told(ended) if ended else None


def told(seen: Seen, others: int) -> Failed:
    """A failure as an answer, and how many others there were."""
    failed = failures.told(seen.error)
    failed.status = "failed"
    failed.reason = f"{seen.place}: {failed.reason}{f' (and {others:,} more)' if others else ''}"
    return failed


def is_exit(value: Any) -> bool:
    """Whether a value is the exit that a greenlet returns where it was raised: the task did not finish."""
    return isinstance(value, sys.modules["greenlet"].GreenletExit)


def users_code_in(traceback: TracebackType | None) -> bool:
    """Whether a line of the user's took part."""
    steps = (causes.Step(frame.f_code.co_filename, line) for frame, line in causes.frames_of(traceback))
    return any(step.is_theirs for step in steps)


Note = Callable[..., None]
ASKED = "_asked_for"
"""What a pool's future has of ours once somebody has asked it for what failed: that raises nothing."""


def short(error: Any) -> bool:
    """Whether a library may print it."""
    try:
        return len(str(error)) <= PRINTED
    except Exception:  # an exception whose text raises
        return True


def in_threads(note: Note, threading: Any) -> None:
    """Hear of threads that failed, and of what no `except` can reach: `__del__`, callbacks of weak references."""
    thread_hook, unraisable_hook = threading.excepthook, sys.unraisablehook

    def of_thread(args: Any) -> None:
        if args.exc_type is not SystemExit:  # which ends a thread, and no more
            note(THREAD, args.exc_value)
        if short(args.exc_value):
            thread_hook(args)

    def unraisable(args: Any) -> None:
        in_thread = "thread" in (args.err_msg or "")  # of _thread.start_new_thread
        note(THREAD if in_thread else f"in {named(args.object)}", args.exc_value, in_thread)
        if short(args.exc_value):
            unraisable_hook(args)

    threading.excepthook, sys.unraisablehook = of_thread, unraisable


def named(thing: Any) -> str:
    """What an exception could not be raised from."""
    return str(getattr(thing, "__qualname__", None) or f"a {type(thing).__name__} that nobody waits for")


def in_loops(note: Note, module: Any) -> None:
    """Hear of what asyncio's loops (or uvloop's, which are a class of their own) would log."""
    loop = module.Loop if module.__name__ == "uvloop" else module.BaseEventLoop
    logged = loop.default_exception_handler

    @functools.wraps(logged)
    def handler(self: Any, context: dict[str, Any]) -> Any:
        of_task = "future" in context or "task" in context
        note(AWAITED_BY_NOBODY if of_task else CALLBACK, context.get("exception"), of_task)
        return logged(self, context) if short(context.get("exception")) else None

    loop.default_exception_handler = handler


def kept_in_loops(note: Note, things: Iterable[Any]) -> None:
    """Note what failed in asyncio's tasks and futures that are kept, and that nobody has asked: no loop logs it yet."""
    if not (futures := sys.modules.get("asyncio.futures")):
        return
    for one in things:
        if issubclass(type(one), futures.Future) and one.done() and one._log_traceback:
            note(AWAITED_BY_NOBODY, one.exception(), False)  # asked by now: it is not logged as well


def in_greenlets(note: Note, hub: Any) -> None:
    """Hear of what gevent's hub would print."""
    printed = hub.Hub.handle_error

    @functools.wraps(printed)
    def handle_error(self: Any, context: Any, kind: Any, value: Any, traceback: Any) -> Any:
        if isinstance(value, BaseException) and not isinstance(value, self.NOT_ERROR):
            note(GREENLET, value)
        return printed(self, context, kind, value, traceback) if short(value) else None

    hub.Hub.handle_error = handle_error


def in_pools(note: Note, futures: Any) -> None:
    """Hear of what failed in a pool of threads or processes, which is silent unless the result is asked for."""
    keep, ask = futures.Future.set_exception, futures.Future.exception

    @functools.wraps(keep)
    def set_exception(self: Any, exception: BaseException | None) -> None:
        if exception is not None:
            note(RESULT, exception, future=self)
        keep(self, exception)

    @functools.wraps(ask)
    def asked_for(self: Any, timeout: float | None = None) -> Any:
        found = ask(self, timeout)  # it may wait: what fails meanwhile is asked for as well
        if found is not None:
            vars(self)[ASKED] = True
        return found

    futures.Future.set_exception, futures.Future.exception = set_exception, asked_for
    logged = futures.LOGGER.exception

    @functools.wraps(logged)
    def exception(*args: Any, **options: Any) -> None:
        error = sys.exception()
        note(CALLED_BACK, error)  # of callbacks alone: nothing else is logged so
        if short(error):
            logged(*args, **options)

    futures.LOGGER.exception = exception


LISTENERS: dict[str, Callable[[Note, Any], None]] = {
    "threading": in_threads, "asyncio": in_loops, "uvloop": in_loops, "gevent.hub": in_greenlets,
    "concurrent.futures._base": in_pools,
}  # fmt: skip
