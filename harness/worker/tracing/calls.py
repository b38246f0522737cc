"""Calls of functions of C: which may wait, what users call them, and whether one still lasts."""

from __future__ import annotations

import resource
import sys
from types import FrameType, ModuleType
from typing import Any, NamedTuple

from harness.worker import stacks

BLOCKING = {"posix", "_thread", "_signal", "_io", "_imp", "_socket", "_ssl", "select", "_queue", "_sqlite3"}
NEVER_WAIT = {*sys.builtin_module_names, "_contextvars", "_struct", "_json", "math", "greenlet._greenlet"} - BLOCKING
"""Modules whose functions, and the methods of whose types, only compute; when one of them seems to wait, another
thread has the interpreter."""
CALLED = {"posix": "os"}
MAY_WAIT = ("open", "input", "print", "exec", "eval", "__import__", "sleep")
"""Of these modules."""
SHORTEST, SHORTEST_OF_IO = 1e-3, 1e-4
"""Seconds off the processor from which a call is a wait; of one that is there for waiting, within a call of an io."""
OF_IO = ("time.sleep", "socket.", "SSLSocket.", "_SSLSocket.", "select.")
_open = open


class Call(NamedTuple):
    """A call that has not returned: what, from where, since when, what its thread had used, how often it had waited."""

    function: Any
    frame: FrameType
    instruction: int
    began: float
    used: float
    waits: int
    ident: int
    thread: int
    """Of the system."""


def may_wait(called: Any) -> bool:
    """Whether it is none of those that cannot, and are called often."""
    owner = getattr(called, "__self__", None)
    if owner is None or isinstance(owner, ModuleType):
        return getattr(called, "__module__", None) not in NEVER_WAIT or called.__name__ in MAY_WAIT
    return type(owner).__module__ not in NEVER_WAIT


def shortest(called: Any, in_io: bool) -> float:
    """Seconds off the processor from which it is a wait: where others have the processor, anything may take a while."""
    return SHORTEST_OF_IO if in_io and name_of(called).startswith(OF_IO) else SHORTEST


def name_of(called: Any) -> str:
    """A function of C as users call it."""
    module, name = getattr(called, "__module__", None), getattr(called, "__qualname__", str(called))
    return f"{CALLED.get(module) or module.lstrip('_')}.{name}" if module and module != "builtins" else name


def waits() -> int:
    """How often this thread gave up the processor."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw


def lasts(call: Call) -> bool:
    """Whether its thread is where it was called: not so where somebody else has the profile function by now."""
    return stacks.of_threads().get(call.ident) is call.frame and call.frame.f_lasti == call.instruction


def sleeps(thread: int) -> bool:
    """Whether a thread is asleep at this moment."""
    return _of_proc(thread, "stat").rpartition(")")[2].strip()[:1] in ("S", "D")


def slept(thread: int) -> str:
    """How often a thread has gone to sleep: one that waits for the interpreter's lock does so every 5 ms."""
    return _of_proc(thread, "status").partition("\nvoluntary_ctxt_switches:")[2].partition("\n")[0].strip()


def _of_proc(thread: int, name: str) -> str:
    try:
        with _open(f"/proc/self/task/{thread}/{name}") as file:
            return file.read()
    except OSError:
        return ""
