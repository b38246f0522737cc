"""The standard library's own functions, whatever was patched since."""

from __future__ import annotations

import sys
from typing import Any


def original(module: str, name: str) -> Any:
    """A function of a module as it was before gevent (or eventlet) patched it."""
    if monkey := sys.modules.get("gevent.monkey"):
        return monkey.get_original(module, name)
    if patcher := sys.modules.get("eventlet.patcher"):
        return getattr(patcher.original(module), name)
    return getattr(__import__(module), name)
