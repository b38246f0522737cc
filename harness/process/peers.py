"""What is at the other end: a server for strategies that are clients, the load generator for those that serve."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Any

from harness.process import launch

GENERATOR = launch.BOOT + (
    "from harness.worker.describe import build, load; from harness.workloads.peers.load import main; "
    "main({commands}, {answers}, lambda target, options: build(load(target), options))"
)


class Peer:
    """A running peer: its process, its address, and the folder of its certificates."""

    def __init__(self, module: str, options: dict[str, Any], cpus: Sequence[int]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="harness-")
        self._process = launch.Process(launch.module(module), cpus, {"folder": self._folder.name, "options": options})
        try:
            self.where = self._process.wait_line(launch.START_SECONDS)
        except launch.Failure as failure:
            self.stop()
            raise launch.Failure("failed", f"the peer {module} did not start: {failure}") from None
        except BaseException:
            self.stop()
            raise

    def cpu_seconds(self) -> float:
        """What it has used of processors so far."""
        return self._process.cpu_seconds()

    def stop(self) -> None:
        """End it, and remove its folder."""
        self._process.stop()
        self._folder.cleanup()


class Generator:
    """A running load generator (workloads/peers/load.py), told what a workload's connections say."""

    where = None

    def __init__(self, target: str, options: dict[str, Any], cpus: Sequence[int]) -> None:
        self._process = launch.Process(["-c", GENERATOR], cpus)
        try:
            self.ask({"do": "talk", "target": target, "options": options}, launch.START_SECONDS)
        except BaseException:
            self.stop()
            raise

    def ask(self, message: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Have it do something, and return what came of it. Raises Failure where it does not answer."""
        try:
            return self._process.ask_line(message, seconds)
        except launch.Failure as failure:
            raise launch.Failure(failure.status, f"the load generator: {failure}") from None

    def cpu_seconds(self) -> float:
        """What it has used of processors so far."""
        return self._process.cpu_seconds()

    def stop(self) -> None:
        """End it."""
        self._process.stop()


OtherEnd = Peer | Generator
