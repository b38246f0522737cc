"""The processes of a server, which listen on one port: the kernel says which of them a connection goes to."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from harness.process import usage
from harness.process.channel import Failure
from harness.process.workers import Worker
from harness.record.plan import PlannedStrategy
from harness.record.sample import Leftover
from harness.worker.messages import Serve

T = TypeVar("T")
OF_ONE = ("failed", "timeout", "invalid")
"""Statuses that are one process's rather than the strategy's."""


class Servers:
    """One worker that serves, or several of them. All of it raises Failure, which names the process."""

    def __init__(
        self, strategy: PlannedStrategy, asked: Serve, processes: int, memory_limit: int | None = None
    ) -> None:
        """Start them; each may hold so many bytes."""
        self._asked = asked
        self._workers: list[Worker] = []
        self._port = reserved(asked.address[0]) if processes > 1 else None
        try:
            for _ in range(processes):
                self._workers.append(Worker(strategy, memory_limit=memory_limit))
        except BaseException:
            self.stop()
            raise

    def begin(self, cpus: Sequence[int]) -> None:
        """Have them get ready and serve, on these cores ([]: all), while others do."""
        self._asked.cpus = cpus
        if self._port:
            self._asked.address, self._asked.shared = self._port.getsockname()[:2], True
        for worker in self._workers:
            worker.prepare(self._asked)

    def prepared(self) -> list[dict[str, Any]]:
        """Wait until they are ready; return the facts of each."""
        return list(self._of_each(Worker.prepared))

    def used(self) -> dict[str, Any]:
        """What they have used so far and hold now, together."""
        return usage.summed(list(self._of_each(lambda worker: usage.of(worker.child))))

    def descriptors(self) -> list[int]:
        """How many each has open; [] where there is only one process, which has all connections."""
        return [usage.descriptors(worker.child) for worker in self._workers] if self._port else []

    def last_words(self, seconds: float) -> Failure | None:
        """Why one of them serves no longer, if one does not."""
        for number, worker in enumerate(self._workers, 1):
            if failure := worker.last_words(seconds / len(self._workers)):
                return self._named(number, failure)
        return None

    def stop(self) -> None:
        """End them."""
        for worker in self._workers:
            worker.stop()
        if self._port:
            self._port.close()

    def left_behind(self) -> list[Leftover]:
        """What they left running when they were stopped, once that is ended."""
        return [one for worker in self._workers for one in worker.left_behind()]

    def _of_each(self, do: Callable[[Worker], T]) -> Iterator[T]:
        for number, worker in enumerate(self._workers, 1):
            try:
                yield do(worker)
            except Failure as failure:
                raise self._named(number, failure) from None

    def _named(self, number: int, failure: Failure) -> Failure:
        if len(self._workers) == 1 or failure.status not in OF_ONE:
            return failure
        said = f"process {number} of {len(self._workers)}: {failure}"
        return Failure(failure.status, said, failure.traceback, failure.printed, failure.places)


def reserved(host: str) -> socket.socket:
    """A free port of an address that several processes may listen on. It is theirs as long as this is open, and this,
    which does not listen, gets no connection (socket(7))."""
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET))
        port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        port.bind((host, 0))
        stack.pop_all()
        return port
