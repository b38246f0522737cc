"""All hosts of a run, each in a thread that waits for it: what happens there comes as events, one after another."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import NamedTuple, Protocol

from harness.hosts.client import Joined, Kept, Unfit, Wanted
from harness.hosts.messages import Answered, Measure, Measured
from harness.process.remote import Gone

STRIKES = 3
"""Failures in a row, after which a host is out."""
PAUSES = (1.0, 5.0)
"""Seconds before it is tried again, after the first and the second."""
BUSY_SECONDS = 1.0
"""Seconds after which a busy host is asked again."""


class Came(NamedTuple):
    """A host has joined."""

    host: str
    joined: Joined


class Said(NamedTuple):
    """A host has answered what it was asked."""

    host: str
    answer: Answered


class Left(NamedTuple):
    """A host does not answer any more; `out`: nor will it again."""

    host: str
    reason: str
    out: bool


class Waits(NamedTuple):
    """A host cannot join before it has done something else; it is asked again."""

    host: str
    reason: str


Event = Came | Said | Left | Waits


class Talk(Protocol):
    """What a host is talked with by (`client.Client`)."""

    def bring_up(self) -> Joined:
        """Have an agent run there. Raises Gone, Kept, Unfit."""

    def ask(self, asked: Measure, seconds: float) -> Answered:
        """Ask it. Raises Gone where there is no answer that makes sense."""

    def hang_up(self) -> None:
        """Have whoever waits be told that it is gone; from any thread."""

    def close(self) -> None:
        """End it."""


Open = Callable[[Wanted], Talk]
Lost = Callable[[str], None]
"""Says why a host is not there any more, also where it had nothing to do; by then it may be added again."""
Add = Callable[[str, Open], Lost]
"""Takes a host by its name, and what opens a line to it (which raises Gone)."""


class Source(Protocol):
    """Where hosts come from."""

    grows: bool
    """Whether others may join later."""
    flag: str
    """The option that names them."""
    nobody: str
    """What to say where none has joined."""

    def start(self, add: Add) -> None:
        """Add those that there are; others as they come, from whatever thread. Raises HarnessError."""

    def close(self) -> None:
        """Add no more."""


class Crew:
    """The hosts of a source. Its events are those of all of them."""

    def __init__(self, source: Source, wanted: Wanted, pauses: tuple[float, ...] = PAUSES) -> None:
        self._source, self._wanted, self._pauses = source, wanted, pauses
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._members: dict[str, _Member] = {}
        self._lock, self._over = threading.Lock(), False
        self.grows, self.flag, self.nobody = source.grows, source.flag, source.nobody

    def __enter__(self) -> Crew:
        self._source.start(self._add)
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._over = True
        for one in self._members.values():
            one.hang_up()
        for one in self._members.values():
            one.thread.join()
        self._source.close()

    def _add(self, name: str, opened: Open) -> Lost:
        with self._lock:
            if self._over:
                return lambda reason: None
            one = self._members.get(name)
            if one and one.is_there():
                return one.lost
            one = _Member(name, opened, self._wanted, self._events, self._pauses)
            self._members[name] = one
            one.thread.start()
            return one.lost

    def names(self) -> list[str]:
        """Those that are there, or may be in a moment."""
        with self._lock:
            return [name for name, one in self._members.items() if one.is_there()]

    def send(self, host: str, asked: Measure, seconds: float) -> None:
        """Ask a host that has joined, which is to answer within so long."""
        self._members[host].asked.put((asked, seconds))

    def leave(self, host: str) -> None:
        """Have a host go."""
        self._members[host].hang_up()

    def next(self, seconds: float) -> Event | None:
        """What happened next; None where nothing does for so long."""
        try:
            return self._events.get(timeout=seconds)
        except queue.Empty:
            return None


class _Member:
    """A host, in its thread."""

    def __init__(
        self, name: str, opened: Open, wanted: Wanted, events: queue.SimpleQueue[Event],
        pauses: tuple[float, ...],
    ) -> None:  # fmt: skip
        self._name, self._opened, self._wanted, self._events, self._pauses = name, opened, wanted, events, pauses
        self.asked: queue.SimpleQueue[tuple[Measure, float] | None] = queue.SimpleQueue()
        self._over = threading.Event()
        self._talk: Talk | None = None
        self._joined, self._failures = False, 0
        self._lock, self._is_out = threading.Lock(), False
        self.thread = threading.Thread(target=self._run, name=f"host {name}", daemon=True)

    def hang_up(self) -> None:
        """Have its thread end, whatever it waits for; nothing more is heard of it."""
        with self._lock:
            self._is_out = True
        self._over.set()
        self.asked.put(None)
        if talk := self._talk:
            talk.hang_up()

    def is_there(self) -> bool:
        """Whether it takes part, or may in a moment."""
        return not self._is_out and self.thread.is_alive()

    def lost(self, reason: str) -> None:
        """Have it be out now, whatever its thread waits for."""
        self._tell(Left(self._name, reason, True))
        self.hang_up()

    def _tell(self, event: Event) -> None:
        with self._lock:
            if not self._is_out:
                self._is_out = isinstance(event, Left) and event.out
                self._events.put(event)

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self._serve()
            except Gone as why:
                out = not self._joined or self._failures >= len(self._pauses)
                self._tell(Left(self._name, str(why), out))
                if out:
                    return
                self._over.wait(self._pauses[self._failures])
                self._failures += 1
            except Kept as why:
                self._tell(Waits(self._name, str(why)))
                self._over.wait(BUSY_SECONDS)
            except Exception as why:  # Unfit, or what nobody thought of: a run has other hosts
                said = str(why) if isinstance(why, Unfit) else f"{type(why).__name__}: {why}"
                self._tell(Left(self._name, said, True))
                return

    def _serve(self) -> None:
        """Bring it up, and ask it what there is to ask, until it is told to go. Raises Gone, Kept, Unfit."""
        talk = self._talk = self._opened(self._wanted)
        try:
            if self._over.is_set():  # hung up before there was a line
                return
            joined = talk.bring_up()
            self.asked = queue.SimpleQueue()  # without what was sent to one of its name before
            self._tell(Came(self._name, joined))
            self._joined = True
            while not self._over.is_set() and (asked := self.asked.get()):
                answer = talk.ask(*asked)
                if isinstance(answer, Measured):
                    self._failures = 0
                self._tell(Said(self._name, answer))
        finally:
            self._talk = None
            talk.close()
