"""Runs workloads under strategies and says how they compare, and why: `run`, `resume`, `sweep`, `advice`, `read`,
`compare`, `check`, `trend`, `why`, `trace`.

A name is imported when it is first used: a worker imports this module, too."""

from __future__ import annotations

TYPE_CHECKING = False
"""True for type checkers. Nothing is imported for it: `python -m` looks into the current folder first."""

if TYPE_CHECKING:
    from typing import Any

    from harness.advise.advise import advice
    from harness.advise.document import Advice
    from harness.api import compare, read, resume, run
    from harness.document.run import Run
    from harness.errors import HarnessError, IncompleteError, StoreError
    from harness.explain.explain import why
    from harness.explain.finding import Explanation
    from harness.gate.check import check
    from harness.history.trend import trend
    from harness.machine.lock import BusyError
    from harness.sweeps.sweep import sweep
    from harness.tracing.document import Trace
    from harness.tracing.run import trace

__all__ = [
    "Advice",
    "BusyError",
    "Explanation",
    "HarnessError",
    "IncompleteError",
    "Run",
    "StoreError",
    "Trace",
    "advice",
    "check",
    "compare",
    "read",
    "resume",
    "run",
    "sweep",
    "trace",
    "trend",
    "why",
]
PLACES = {
    "run": "api",
    "read": "api",
    "resume": "api",
    "compare": "api",
    "check": "gate.check",
    "trend": "history.trend",
    "why": "explain.explain",
    "advice": "advise.advise",
    "Advice": "advise.document",
    "Explanation": "explain.finding",
    "sweep": "sweeps.sweep",
    "trace": "tracing.run",
    "Trace": "tracing.document",
    "Run": "document.run",
    "HarnessError": "errors",
    "BusyError": "machine.lock",
    "IncompleteError": "errors",
    "StoreError": "errors",
}
"""Where each is. None has the name of a room, which would hide it once that is imported."""

if not TYPE_CHECKING:  # else any name would do for a type checker

    def __getattr__(name: str) -> Any:
        if name not in PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        found = globals()[name] = getattr(import_module(f"{__name__}.{PLACES[name]}"), name)
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
