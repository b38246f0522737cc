"""What debugs or traces this process: a switch of the interpreter's, a tracer of a .pth file's or of the user's."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

IN_DEBUG_MODE = " (debug)"
"""Follows the name of a loop of asyncio's that is in its debug mode."""
ASYNCIO = "asyncio's debug mode"


def found() -> list[str]:
    """A name for each thing that is on, loops apart."""
    return [*_interpreter(), *_tracers(), *_libraries()]


def of_loop(name: str | None) -> list[str]:
    """The same of a loop, by its name."""
    return [ASYNCIO] if name and name.endswith(IN_DEBUG_MODE) else []


def _interpreter() -> Iterator[str]:
    if sys.flags.dev_mode:
        yield "Python's development mode"
    if hasattr(sys, "gettotalrefcount"):
        yield "the debug build of Python"
    if os.environ.get("PYTHONMALLOC", "").endswith("debug"):
        yield "the debug allocator"
    if sys.flags.verbose or "importtime" in sys._xoptions:
        yield "a report of imports"
    if getattr(sys, "is_stack_trampoline_active", bool)():
        yield "perf's trampoline"
    if gc.get_debug():
        yield "the collector's debug mode"


def _tracers() -> Iterator[str]:
    threading: Any = sys.modules.get("threading")
    hooks = {
        "sys.settrace": sys.gettrace() or (threading and threading.gettrace()),
        "sys.setprofile": sys.getprofile() or (threading and threading.getprofile()),
    }
    for name, hook in hooks.items():
        if hook:
            yield f"a tracer of {_origin(hook)} ({name})"
    if monitoring := getattr(sys, "monitoring", None):
        for tool in filter(None, map(monitoring.get_tool, range(6))):
            yield f"a tracer, {tool} (sys.monitoring)"


def _origin(hook: Callable[..., Any]) -> str:
    """Whose it is: a function's module, or that of an object's class."""
    return str(getattr(hook, "__module__", None) or type(hook).__module__)


def _libraries() -> Iterator[str]:
    try:
        import _tracemalloc  # its own module imports pickle
    except ImportError:  # PyPy
        pass
    else:
        if _tracemalloc.is_tracing():
            yield "tracemalloc"
    greenlet: Any = sys.modules.get("greenlet")
    if greenlet and greenlet.gettrace():
        yield f"a tracer of {_origin(greenlet.gettrace())} (greenlet.settrace)"
