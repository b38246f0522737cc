"""What is at the other end of strategies that are clients: a server. Of those that serve: `generators`."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from harness.process.channel import Failure, PeerEnded
from harness.process.child import START_SECONDS, Child
from harness.process.folders import temporary
from harness.worker.messages import BePeer, PeerReady

LAST_SECONDS = 0.05
"""From a lost connection to the end of whom it was to."""


class RunningPeer:
    """A workload's server in a process of its own, with a folder for its certificates."""

    def __init__(self, module: str, options: dict[str, Any], cpus: Sequence[int]) -> None:
        """Start it, and wait until it answers. Raises Failure."""
        self._module = module
        with contextlib.ExitStack() as starting:
            folder = starting.enter_context(temporary())
            self._child = Child(cpus=cpus)
            self._folder = starting.pop_all()
        try:
            self.where = self._child.ask(BePeer(module, options, folder), PeerReady, START_SECONDS)
        except Failure as failure:
            self.stop()
            raise Failure("failed", f"the peer {module} did not start: {failure}") from None
        except BaseException:
            self.stop()
            raise

    def cpu_seconds(self) -> float:
        """What it has used of processors so far."""
        return self._child.cpu_seconds()

    def ended(self) -> PeerEnded | None:
        """How it did, if it has, of which connections tell a moment before."""
        how = self._child.ended(LAST_SECONDS)
        return PeerEnded(f"the peer {self._module}", how) if how else None

    def stop(self) -> None:
        """End it, and remove its folder."""
        self._child.stop()
        self._folder.close()
