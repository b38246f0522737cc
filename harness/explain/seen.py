"""What a worker saw of a round, with what was asked: the finders' input."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from harness.errors import Interrupted
from harness.explain.advice import Runtime
from harness.record.plan import PlannedGroup


class Seen(NamedTuple):
    """A round that was explained."""

    strategy: str
    workload: str
    """As the user named it."""
    tasks: int
    concurrency: int
    wall_seconds: float
    threshold: float
    """Seconds, in sum, from which a line is a finding."""
    why: dict[str, Any]
    """What each watcher of the worker (`harness/worker/why/`) saw, under its name."""
    failure: str | None = None
    """Why the round did not come to its end, if it did not; then `why` is what was seen until shortly before."""
    dump: str | None = None
    """Where threads and tasks stood then, as faulthandler prints it."""
    group: PlannedGroup | None = None
    interrupted: Interrupted | None = None
    folder: str | None = None
    """That the worker ran in, if not this process's: a variant's."""
    threads: bool = False
    """Whether the strategy has threads for its tasks."""
    away: bool = False
    """Whether its tasks run in other processes or interpreters."""

    @property
    def runtime(self) -> Runtime:
        """What runs the tasks."""
        lines = self.why.get("lines") or {}
        loop = lines.get("loop")
        if loop in ("gevent", "eventlet"):
            return "gevent-patched" if lines.get("patched") else "gevent"
        if loop is None:
            return "threads" if self.threads else "none"
        return "trio" if loop == "trio" else "asyncio"

    def shown(self, file: str) -> str:
        """A file as its user calls it: by its path from where the worker ran, if it lies there."""
        near = os.path.relpath(file, self.folder)
        return os.path.basename(file) if near.startswith("..") else near
