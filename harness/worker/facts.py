"""What a worker really is: interpreter, loop, patches, libraries."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

from harness.worker import debugging

LIBRARIES = ("gevent", "greenlet", "uvloop", "trio", "rloop", "eventlet")


def facts(strategy: Any) -> dict[str, Any]:
    """What this worker really is, for the record."""
    return {
        "python": sys.version.split()[0],
        "implementation": sys.implementation.name,
        "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        "strategy_class": f"{type(strategy).__module__}:{type(strategy).__qualname__}",
        "cpus": sorted(os.sched_getaffinity(0)),
        "patched": patched(),
        "debugging": debugging.found(),
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
        "switch_interval": sys.getswitchinterval(),
        "gc": list(gc.get_threshold()) if gc.isenabled() else None,
        "libraries": {name: sys.modules[name].__version__ for name in LIBRARIES if name in sys.modules},
    }


def loop_in_use() -> str | None:
    """The event loop under whoever calls, as package.module.Class, with gevent's backend, or that it debugs; None
    without one."""
    if trio := sys.modules.get("trio"):
        try:
            trio.lowlevel.current_trio_token()
            return "trio.run"
        except RuntimeError:
            pass
    if asyncio := sys.modules.get("asyncio"):
        try:
            loop = asyncio.get_running_loop()
            return named(loop) + (debugging.IN_DEBUG_MODE if loop.get_debug() else "")
        except RuntimeError:
            pass
    if (hubs := sys.modules.get("eventlet.hubs")) and (hub := getattr(hubs._threadlocal, "hub", None)):
        return named(hub)
    if (gevent := sys.modules.get("gevent")) and (hub := gevent._hub_local.get_hub_if_exists()):
        return f"{named(hub.loop)} ({hub.loop.backend})"
    return None


def loop_of_a_task(index: int) -> str | None:
    """A task that finds out; one that can be pickled, for strategies whose tasks run in other processes."""
    return loop_in_use()


def named(thing: Any) -> str:
    """The class of a thing, in full."""
    return f"{type(thing).__module__}.{type(thing).__qualname__}"


def patched() -> list[str]:
    """The modules of the standard library that gevent or eventlet has replaced parts of."""
    monkey, patcher = sys.modules.get("gevent.monkey"), sys.modules.get("eventlet.patcher")
    return sorted({*(monkey.saved if monkey else ()), *(patcher.already_patched if patcher else ())})
