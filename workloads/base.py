"""The contract of a workload: what each task does. A frozen value whose fields are its options."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from harness.strategies.base import Address, AsyncIo, AsyncStrategy, Io, Strategy
from harness.strategies.base import Unsupported as Unsupported  # of a workload, where a strategy cannot run it

FAILED = object()
"""What a task that failed returns, where tasks may fail."""


@dataclass(frozen=True)
class Peer:
    """The server at the other end."""

    address: Address
    authority: str | None = None
    """Path of the certificate (PEM) that vouches for the peer's TLS, or None."""


class WithIo:
    """A task and the io that it is given. (A method: it can be pickled, where both can; and of a partial, or of
    `__call__`, there would be C frames, which are copied at each switch of a greenlet.)"""

    def __init__(self, task: Callable[..., Any], io: Any) -> None:
        self._task, self._io = task, io

    def call(self, index: int) -> Any:
        """The task of that index."""
        return self._task(self._io, index)


class Work:
    """What a worker's tasks do: a workload or, where its options are not enough, what its `bound` made of them.

    `task` and `async_task` are the same text but for `async` and `await`, and return a value that `check` can verify.
    One of them will do: under a strategy that needs the other the work is unsupported."""

    closes: bool = False
    """Whether `close` has to be called."""

    checks_each: bool = False
    """Whether `check` is given FAILED for each task that failed, instead of the values of the others alone."""

    compared: bool = False
    """Whether the values of different strategies have to be the same: `check` does not know what they should be."""

    source: Callable[..., Any] | None = None
    """What a reader of a failure should look at, where that is not this class."""

    def bind(self, strategy: Strategy | AsyncStrategy) -> Callable[[int], Any]:
        """Return the task for `strategy.run`: it takes an index and returns a value, or a coroutine of one.

        Raises Unsupported when the strategy cannot run this work."""
        awaited = isinstance(strategy, AsyncStrategy)
        if getattr(type(self), name := "async_task" if awaited else "task") is getattr(Work, name):
            raise Unsupported(f"it has no {name}, which this strategy needs")
        return WithIo(self.async_task if awaited else self.task, strategy.io).call

    def task(self, io: Io, index: int) -> Any:
        """Do one unit of work."""
        raise NotImplementedError

    async def async_task(self, io: AsyncIo, index: int) -> Any:
        """Do one unit of work."""
        raise NotImplementedError

    # What follows is called outside the clock, within the loop of an AsyncStrategy: what can be awaited there, and
    # only there, may be returned, and is awaited.

    def open(self) -> Any:
        """Called once in a worker, before its first round: make what the tasks share."""

    def begin(self) -> Any:
        """Called before each round: forget what the last round left."""

    def end(self) -> Any:
        """Called after each round, one that failed as well."""

    def close(self) -> Any:
        """Called once in a worker, after its last round, where `closes`: close what `open` made."""

    def check(self, values: Sequence[Any]) -> Any:
        """Say what is wrong with a round's values (in index order), or None when they prove the work done."""
        return None if list(values) == list(range(len(values))) else "a task did not return its index"

    def notes(self, values: Sequence[Any]) -> list[str]:
        """What a user wants to read of a round's values beside the numbers, a line each."""
        return []

    def replies(self, values: Sequence[Any]) -> list[dict[str, Any]]:
        """What a round's tasks were sent where nobody but the server decides that: `url`, `status`, `bytes`,
        `most_bytes` and how often (`count`), an entry for each kind. A row is compared with one that got the same."""
        return []


@dataclass(frozen=True)
class Workload(Work):
    """What each task does.

    A subclass is a frozen dataclass whose fields are its options, each with a default; their types are int,
    float, str, bool, a Literal of strings, or tuple[str, ...] for one that may be given several times.
    `__post_init__` raises ValueError where a value makes no sense. What tasks use beside the options (a connection's
    address, a client, shared data) is no field: `bound` makes it."""

    contract: ClassVar[int] = 1
    """The version of this contract that a class was written for, where it states it. A worker refuses another."""

    default_tasks: ClassVar[int] = 100
    """Tasks of a round when nobody says how many."""

    sockets_per_task: ClassVar[int] = 0
    """Connections that each task in flight holds: the limits are checked with it before a run."""

    peer_module: ClassVar[str | None] = None
    """The module that serves as the peer (workloads/peers/), or None."""

    def usual_tasks(self) -> int:
        """Tasks of a round with these options, when nobody says how many."""
        return self.default_tasks

    def sizes(self, tasks: int | None, concurrency: int | None) -> tuple[int, int]:
        """Tasks of a round and the most in flight, from what was asked for."""
        tasks = tasks or self.usual_tasks()
        return tasks, concurrency or tasks

    def serves(self) -> bool:
        """Whether the strategy serves with these options, instead of running tasks (workloads/serving.py)."""
        return False

    def applicable(self) -> Collection[str] | None:
        """Names of the options that mean something with the values of the others; None: all of them."""
        return None

    def needs_peer(self) -> bool:
        """Whether these options want the peer started."""
        return self.peer_module is not None

    def bound(self, strategy: Strategy | AsyncStrategy, peer: Peer | None) -> Work:
        """Called once in a worker, before its first round: make what tasks use beside the options, and return the
        work that has it. Raises Unsupported when the strategy cannot run this workload."""
        return self

    def floor(self, tasks: int, concurrency: int) -> float | None:
        """The seconds that a perfect scheduler would need for a round, or None where nobody knows."""
        return None

    def client_library(self, strategy: Strategy | AsyncStrategy) -> str | None:
        """The library that fetches under this strategy, as "name version", where that is an option."""
        return None
