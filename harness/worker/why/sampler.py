"""A thread that looks at the others while a round runs, and keeps what was seen so far in a file."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Sequence
from typing import Any

from harness.worker.why.clocks import get_ident
from harness.worker.why.originals import original

EVERY = 0.02
SNAPSHOT_EVERY = 0.5
THREADS: set[int] = set()
"""Those of samplers: no threads of the user's."""


class Sampler:
    """Calls each of `looks` every 20 ms, and replaces a file with what `seen` returns every half second. A look that
    makes system calls may take long beside a thread that computes: after each it waits for the GIL."""

    def __init__(
        self, looks: Sequence[Callable[[], None]], seen: Callable[[], Any] = dict, snapshots: str | None = None
    ) -> None:
        self._looks, self._seen, self._snapshots = looks, seen, snapshots
        self._start, self._lock = original("_thread", "start_new_thread"), original("_thread", "allocate_lock")
        self._now = original("time", "monotonic")

    def begin(self) -> None:
        """Look from here on: what computes from the first moment keeps the thread from beginning no longer."""
        begun, self._stop, self._stopped = self._lock(), self._lock(), self._lock()
        for lock in (begun, self._stop, self._stopped):
            lock.acquire()
        self._start(self._run, (begun,))
        begun.acquire()

    def end(self) -> None:
        """Look no more, and keep all that was seen: returns when the thread does nothing any longer."""
        self._stop.release()
        self._stopped.acquire()
        if self._snapshots:
            self._keep(self._snapshots)

    def _run(self, begun: Any) -> None:
        THREADS.add(get_ident())
        begun.release()
        due = self._now() + SNAPSHOT_EVERY
        try:
            while not self._stop.acquire(True, EVERY):
                for look in self._looks:
                    with contextlib.suppress(Exception):  # a library that is only half imported yet
                        look()
                if self._snapshots and self._now() >= due:
                    self._keep(self._snapshots)
                    due = self._now() + SNAPSHOT_EVERY
        finally:
            THREADS.discard(get_ident())
            self._stopped.release()

    def _keep(self, path: str) -> None:
        with open(f"{path}.new", "w") as file:
            json.dump(self._seen(), file)
        os.replace(f"{path}.new", path)
