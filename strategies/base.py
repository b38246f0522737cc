"""The contract of a strategy: one way to run many waiting tasks at once. No logic lives here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

if TYPE_CHECKING:
    import socket
    import ssl

T = TypeVar("T")
Address = tuple[str, int]


class Unsupported(Exception):
    """Raised when a strategy cannot do what it is asked; the text says why."""


class Unavailable(Exception):
    """Raised where a strategy's module is imported and cannot be had there; the text says what it needs."""


class Stream(Protocol):
    """A connection that blocks the task that uses it, and no more than the strategy makes it block."""

    @property
    def send(self) -> Callable[[bytes], object]:
        """Send all of the bytes. Raises OSError, or what the strategy's own library raises in its place."""

    @property
    def receive(self) -> Callable[[int], bytes]:
        """Return at most so many bytes, at least one, or b"" when the peer has finished. Raises as `send`."""

    @property
    def close(self) -> Callable[[], object]:
        """Close the connection; harmless when it is closed."""


class AsyncStream(Protocol):
    """`Stream`, awaited."""

    @property
    def send(self) -> Callable[[bytes], Awaitable[object]]:
        """Send all of the bytes. Raises OSError, or what the strategy's own library raises in its place."""

    @property
    def receive(self) -> Callable[[int], Awaitable[bytes]]:
        """Return at most so many bytes, at least one, or b"" when the peer has finished. Raises as `send`."""

    @property
    def close(self) -> Callable[[], Awaitable[object]]:
        """Close the connection; harmless when it is closed."""


class Io(Protocol):
    """What a task waits through."""

    @property
    def sleep(self) -> Callable[[float], object]:
        """Wait for so many seconds."""

    def connect(self, address: Address, tls: ssl.SSLContext | None = None) -> Stream:
        """Open a TCP connection (TCP_NODELAY, as asyncio and trio set it), with TLS on top if asked.

        Raises OSError (of which socket.gaierror and ssl.SSLError are kinds)."""

    def checkpoint(self) -> None:
        """Let another task run."""

    @property
    def note(self) -> Callable[[str], object]:
        """Have `harness trace` show a step of the task; elsewhere it does nothing. An io that lacks it is given it."""


class AsyncIo(Protocol):
    """`Io`, awaited; all but `note`."""

    @property
    def sleep(self) -> Callable[[float], Awaitable[object]]:
        """Wait for so many seconds."""

    async def connect(self, address: Address, tls: ssl.SSLContext | None = None) -> AsyncStream:
        """Open a TCP connection (TCP_NODELAY, as asyncio and trio set it), with TLS on top if asked.

        Raises OSError (of which socket.gaierror and ssl.SSLError are kinds)."""

    async def checkpoint(self) -> None:
        """Let another task run."""

    @property
    def note(self) -> Callable[[str], object]:
        """As in `Io`: nothing to await."""


class Strategy(ABC):
    """One way to run many waiting tasks at once."""

    contract: ClassVar[int] = 1
    """The version of this contract that a class was written for, where it states it. A worker refuses another."""

    prelude: ClassVar[str | None] = None
    """What a worker calls before it imports anything else, as "module:function"."""

    threads_per_task: ClassVar[int] = 0
    """OS threads that each task in flight takes: the limits are checked with it before a run."""

    loop: ClassVar[str | None] = None
    """The package whose event loop tasks must find themselves on: a row that runs on another says so."""

    options: ClassVar[tuple[str, ...]] = ()
    """The options that its class takes by name, each a whole number, 1 or more: `-P pool=10` is `pool=10`."""

    io: Io
    """What the tasks of this strategy wait through."""

    @abstractmethod
    def run(self, task: Callable[[int], T], count: int, concurrency: int) -> list[T]:
        """Call `task` with each index from 0 to count - 1, once, and return the values in index order.

        Never more than `concurrency` tasks are in flight. The first exception of a task surfaces with its
        traceback, cause and context; by then nothing is left running: tasks that wait are ended (threads, which
        cannot be, are waited for), and may wait once more while they clean up. May be called again."""

    def serve(
        self, listener: socket.socket, handle: Callable[[Stream], object], concurrency: int | None = None
    ) -> None:
        """Accept for ever: call `handle` with the stream of each connection, a task each, and close it afterwards.

        At most `concurrency` connections are accepted at a time. Where descriptors run out, accepting pauses.
        `handle` does not raise. Returns after `stop`, with every connection closed and nothing left running."""
        raise NotImplementedError

    def stop(self) -> None:
        """Make `serve` return. May be called by a signal handler, or from another thread."""
        raise NotImplementedError


class AsyncStrategy(ABC):
    """`Strategy`, for tasks that are coroutines."""

    contract: ClassVar[int] = 1
    """As in `Strategy`."""

    prelude: ClassVar[str | None] = None
    """As in `Strategy`."""

    threads_per_task: ClassVar[int] = 0
    """As in `Strategy`."""

    loop: ClassVar[str | None] = None
    """As in `Strategy`."""

    options: ClassVar[tuple[str, ...]] = ()
    """As in `Strategy`."""

    io: AsyncIo
    """What the tasks of this strategy wait through."""

    @abstractmethod
    def enter(self, main: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Start the runtime, run the coroutine `main()` in it, leave the runtime, return main's value."""

    @abstractmethod
    async def run(self, task: Callable[[int], Coroutine[Any, Any, T]], count: int, concurrency: int) -> list[T]:
        """As in `Strategy`; called inside `enter`."""

    async def serve(
        self,
        listener: socket.socket,
        handle: Callable[[AsyncStream], Coroutine[Any, Any, object]],
        concurrency: int | None = None,
    ) -> None:
        """As in `Strategy`; called inside `enter`."""
        raise NotImplementedError

    def stop(self) -> None:
        """As in `Strategy`."""
        raise NotImplementedError
