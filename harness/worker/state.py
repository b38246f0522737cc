"""What a process has set for all of its code: a task that changes it changes the rounds after it."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import time
from typing import Any

from harness.worker import facts, replaced

REPLACED = {
    "builtins": ("open", "print"),
    "json": ("dumps", "loads"),
    "os": ("read", "write", "fork", "getpid", "urandom"),
    "random": ("random",),
    "socket": ("socket", "create_connection", "getaddrinfo"),
    "subprocess": ("Popen",),
    "threading": ("Thread", "Lock"),
    "time": ("sleep", "time", "monotonic", "perf_counter"),
}
"""What is often replaced: by mocks, by tracers, by frozen clocks."""
_open = open
_getters = signal.getsignal, sys.getswitchinterval, sys.getrecursionlimit, os.sched_getaffinity, os.getpriority
VARIABLE, HANDLER, FOREIGN = "os.environ", "handler", "replaced"


def taken() -> dict[str, Any]:
    """All of it, by name."""
    handler, interval, limit, affinity, priority = _getters
    found: dict[str, Any] = {
        "sys.path": list(sys.path),
        "the interval at which threads switch": interval(),
        "the limit of recursion": limit(),
        "the garbage collector's settings": (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count() > 0),
        "sys.settrace or sys.setprofile": (sys.gettrace() is None, sys.getprofile() is None),
        "the cores it may use": affinity(0),
        "its priority": priority(os.PRIO_PROCESS, 0),
        "the time zone": time.tzname,
        "the locale": _locale(),
        "the umask": _umask(),
        "patched": facts.patched(),
        FOREIGN: replaced.found(),
    }
    found |= {f"sys.{name}": getattr(sys, name, None) for name in ("stdin", "stdout", "stderr", "excepthook")}
    found |= {f"{VARIABLE}[{name!r}]": value for name, value in os.environ.items()}
    for number in signal.valid_signals():
        found[f"the {HANDLER} of {signal_name(number)}"] = handler(number)
    for module, names in REPLACED.items():
        if module in sys.modules:
            found |= {f"{module}.{name}": getattr(sys.modules[module], name, None) for name in names}
    if (tracer := sys.modules.get("tracemalloc")) is not None:
        found["tracemalloc"] = tracer.is_tracing()
    if (sockets := sys.modules.get("socket")) is not None:
        found["the default timeout of sockets"] = sockets.getdefaulttimeout()
    return found


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The names of what is no longer as it was. What came with a module that was imported meanwhile is no change."""
    if before["patched"] != after["patched"]:
        return ["the standard library (patched by gevent or eventlet)"]
    both = before.keys() & after.keys()
    known = [name for name in before | after if name in both or name.startswith(VARIABLE)]
    names = [name for name in known if name != FOREIGN and differ(before.get(name), after.get(name))]
    earlier, now = before.get(FOREIGN, {}), after.get(FOREIGN, {})
    names += [name for name, value in now.items() if earlier.get(name) is not value]
    return list(dict.fromkeys(names))


def differ(one: Any, other: Any) -> bool:
    """Whether two values are not the same; where comparing fails they are not."""
    try:
        return one is not other and bool(one != other)
    except Exception:
        return True


def signal_name(number: int) -> str:
    """SIGTERM for 15; a number where it has no name."""
    with contextlib.suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"


def _locale() -> str:
    import _locale  # the C module: locale itself takes longer to import than all the rest

    return str(_locale.setlocale(_locale.LC_ALL))


def _umask() -> str:
    with _open("/proc/self/status") as status:
        return next((line.split()[1] for line in status if line.startswith("Umask:")), "")
