"""Hosts without processes: lines that answer as an agent would, by a script."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from harness.hosts import client
from harness.hosts.client import Client, Wanted
from harness.hosts.crew import Add, Crew, Lost
from harness.hosts.fleet import Fleet
from harness.hosts.gather import gathered
from harness.hosts.kinds import Environment
from harness.hosts.messages import Answered, Asked, Greet, Greeting, Measure, Measured, asked_of, packed
from harness.hosts.run import OnHosts
from harness.hosts.sent import Archive
from harness.measure.ledger import Ledger
from harness.measure.unit import Unit, measure
from harness.process.remote import Gone, Take
from harness.record.plan import Plan
from harness.record.sample import Host, Sample
from harness.record.sample import Line as Kept
from harness.worker.frames import Frames, encode
from tests.harness.measure.fake import Fake

OURS = Environment("3.11.7", "cpython", {"gevent": "26.9.0", "msgspec": "0.22.0"})
WANTED = Wanted(OURS, Archive("a" * 64, b"", "/program"), (), install=False)
FACTS = {"machine_key": "m", "cpu_model": "A", "cores": 2, "kernel": "6.1", "machine": "x86_64", "system": "Linux"}
Script = Callable[["FakeHost", Measure], Answered]


def good(host: FakeHost, asked: Measure) -> Answered:
    """The block, as a fake executor measures it."""
    kept: list[Sample] = []
    assert isinstance(asked.piece, Unit)
    measure(asked.plan, asked.piece, host.executor, kept.append, Ledger(), lambda text: None)
    return Measured(Host(asked.piece.block, 0.01, 0.001, 0.5, 0.0, 0.0, 0.0, asked.at_seconds), kept, 0)


class FakeHost:
    """A host: what it says of itself, and what it does with the blocks that it is asked for."""

    def __init__(
        self, name: str, script: Script = good, *, identity: str | None = None, environment: Environment = OURS,
        busy: str | None = None, **facts: Any,
    ) -> None:  # fmt: skip
        self.name, self.script, self.busy = name, script, busy
        self.identity, self.environment, self.facts = identity or name, environment, FACTS | facts
        self.executor = Fake()
        self.asked: list[tuple[int, int]] = []
        self.opened = 0
        self.unreachable: str | None = None
        self.kept: str | None = None

    def open(self, wanted: Wanted) -> Client:
        if self.unreachable:
            raise Gone(self.unreachable)
        self.opened += 1
        return Client(FakeLine(self), wanted)

    def answer(self, asked: Asked) -> Answered:
        if isinstance(asked, Greet):
            return Greeting(self.name, self.identity, self.facts, time.time(), self.busy)
        assert isinstance(asked, Measure)
        self.asked.append((asked.piece.group, asked.piece.block))
        return self.script(self, asked)


class FakeLine:
    """What carries it."""

    def __init__(self, host: FakeHost) -> None:
        self._host = host
        self.gone = threading.Event()

    def ask(self, data: bytes, take: Take, seconds: float) -> dict[str, Any]:
        if self._host.kept:
            raise client.Kept(self._host.kept)
        frames = Frames()
        if take is Frames.take_line:
            return {"lacks": []} if b'"keys"' in data else self._host.environment._asdict()
        frames.feed(data)
        fields = frames.take()
        assert fields
        answer = self._host.answer(asked_of(fields))
        if self.gone.is_set():
            raise Gone("hung up")
        frames.feed(encode(packed(answer)))
        taken = frames.take()
        assert taken
        return taken

    def hang_up(self) -> None:
        self.gone.set()

    def close(self) -> None:
        self.gone.set()


class Hosts:
    """A source of them; `later` joins when its method is called."""

    flag, nobody = "--on", "none has joined"

    def __init__(self, *hosts: FakeHost, grows: bool = False) -> None:
        self.hosts, self.grows = hosts, grows
        self._add: Add | None = None
        self.lost: dict[str, Lost] = {}

    def start(self, add: Add) -> None:
        self._add = add
        for host in self.hosts:
            self.join(host)

    def join(self, host: FakeHost) -> None:
        assert self._add
        self.lost[host.name] = self._add(host.name, host.open)

    def close(self) -> None:
        self._add = None


class Lines(list[Kept]):
    """Where samples go: what came at once is seen."""

    def __init__(self) -> None:
        super().__init__()
        self.at_once: list[int] = []

    def extend(self, lines: Sequence[Kept]) -> None:  # type: ignore[override]
        self.at_once.append(len(lines))
        super().extend(lines)


class Clock:
    """Runs by itself a second a look, so that nothing is waited for."""

    def __init__(self) -> None:
        self._now = 0.0

    def __call__(self) -> float:
        self._now += 1.0
        return self._now


class OnFakes:
    """A run on such hosts, which are gathered first."""

    def __init__(self, plan: Plan, crew: Crew, lines: Lines, **how: Any) -> None:
        self._plan, self._crew, self._lines, self._how = plan, crew, lines, how

    def run(self) -> None:
        waiting = {name: self._how[name] for name in ("patience", "clock") if name in self._how}
        with self._crew:
            there = gathered(self._crew, lambda text: None, waits=bool(self._how.get("wait")), **waiting)
            of_plan = {name: self._how.pop(name) for name in ("enough", "resumed") if name in self._how}
            tell = self._how.pop("tell", lambda text: None)
            fleet = Fleet(self._crew, there, [], self._lines, tell, **self._how)
            made = OnHosts(self._plan, self._lines, lambda text: None, fleet, **of_plan)
            made.run()
        self.end, self.blocks = made.end, made.blocks


def on(plan: Plan, *hosts: FakeHost, source: Hosts | None = None, **how: Any) -> tuple[OnFakes, Lines]:
    """A run on such hosts, and where its lines go."""
    lines = Lines()
    return OnFakes(plan, Crew(source or Hosts(*hosts), WANTED, pauses=(0.0, 0.0)), lines, **how), lines


def places(lines: Sequence[Kept]) -> dict[tuple[int, int], set[int]]:
    """Group and block of all samples, and the sites that they are of."""
    found: dict[tuple[int, int], set[int]] = defaultdict(set)
    for one in lines:
        if isinstance(one, Sample):
            found[one.group, one.block].add(one.site)
    return found
