"""The load generators of a server: each has its share of the connections, and what they saw is put together."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol, TypeVar

from harness.errors import HarnessError
from harness.process.channel import Failure, PeerEnded
from harness.process.child import START_SECONDS, Child
from harness.process.peers import LAST_SECONDS
from harness.worker.messages import (
    Answer,
    Asked,
    BeGenerator,
    Close,
    Closed,
    Connect,
    Connected,
    Done,
    Exchange,
    Exchanged,
)
from harness.workloads.peers.times import of_all

T = TypeVar("T", bound=Answer)
One = TypeVar("One")
Said = TypeVar("Said")
SPARE_SECONDS = 15.0
"""What a generator is given beyond the seconds that it was told."""
LEAD_SECONDS = 0.03
"""From telling several of them to the moment at which they begin: all have to have heard of it by then."""


class Seen(NamedTuple):
    """What all generators together saw of an exchange. Seconds, counts."""

    answers: int
    seconds: float
    """From when the first began to when the last ended."""
    latency: dict[str, float]
    """Percentiles of all answers, as of one list."""
    fairness: float
    """The slowest connection's rate of answers against the fastest's."""
    unanswered: int
    cpu_seconds: float
    by_generator: list[float]
    """The same of each, where there are several."""
    together_seconds: float | None
    """Of `seconds`, those in which all of several loaded the server; of one, None."""
    intended_per_second: float | None
    backlog_most: int | None
    """The sum of what each had at most: a bound."""
    backlog_end: int | None


class Loading(Protocol):
    """Load generators of one host, which are all asked the same."""

    def tell(self, asked: Asked, seconds: float) -> None:
        """Send a message, to be answered within so long: `answers` brings what they say."""

    def answers(self, kind: type[T]) -> list[T]:
        """The answer of each. Raises Failure, HarnessError where a host cannot, after all have answered: none is left
        for the next question."""

    def stop(self) -> None:
        """End them."""


class Generators:
    """What loads a server: generators here, or on several hosts. All of it raises Failure, of status invalid where the
    server refuses or breaks connections, and HarnessError where a host cannot do what it is asked."""

    def __init__(self, hosts: Sequence[Loading], facts: dict[str, Any], lead: float | None = None) -> None:
        """`facts`: of them, for samples. `lead`: seconds from telling several of them to the moment at which they
        begin; None: there is one."""
        self.facts, self._hosts, self._lead = facts, hosts, lead

    def connect(self, asked: Connect, limit: float) -> Connected:
        """Open connections: each generator its share."""
        said = self._ask(asked, Connected, asked.ramp + limit)
        served, seconds = sum(one.served for one in said), max(one.seconds for one in said)
        return Connected(sum(one.connections for one in said), served, seconds)

    def exchange(self, asked: Exchange) -> Seen:
        """Load all of them, from one moment on."""
        if self._lead is not None:
            asked = replace(asked, begin=time.perf_counter() + self._lead)
        return together(self._ask(asked, Exchanged, asked.seconds + asked.limit))

    def close(self, timeout: float, limit: float) -> Closed:
        """Close all of them."""
        return Closed(sum(one.left_open for one in self._ask(Close(timeout), Closed, limit)))

    def stop(self) -> None:
        """End them."""
        for one in self._hosts:
            one.stop()

    def _ask(self, asked: Asked, kind: type[T], seconds: float) -> list[T]:
        for one in self._hosts:
            one.tell(asked, seconds + SPARE_SECONDS)
        return [said for each in _each(self._hosts, lambda one: one.answers(kind)) for said in each]


class Loaders:
    """Load generators (workloads/peers/load.py) on this machine, each in a process of its own, and each asked by
    messages alone."""

    def __init__(self, asked: BeGenerator, cpus: Sequence[int], places: Sequence[int], of: int) -> None:
        """Start those at some places (from 0) of so many, on some cores ([]: all). Raises Failure."""
        self._deadline = 0.0
        self._all: list[RunningGenerator] = []
        try:
            for place in places:
                self._all.append(RunningGenerator(cpus, place, of))
                self._all[-1].tell(replace(asked, place=place, of=of))
            self._deadline = time.monotonic() + START_SECONDS
            self.answers(Done)
        except BaseException:
            self.stop()
            raise

    def tell(self, asked: Asked, seconds: float) -> None:
        for one in self._all:
            one.tell(asked)
        self._deadline = time.monotonic() + seconds

    def answers(self, kind: type[T]) -> list[T]:
        return _each(self._all, lambda one: one.wait(kind, max(0.0, self._deadline - time.monotonic())))

    def stop(self) -> None:
        for one in self._all:
            one.stop()


def here(asked: BeGenerator, cpus: Sequence[int], many: int) -> Generators:
    """So many load generators on this machine. Raises Failure."""
    cores = len(cpus or os.sched_getaffinity(0))
    loaders = [Loaders(asked, cpus, range(many), many)]
    if many == 1:
        return Generators(loaders, {})
    return Generators(loaders, {"generators": many, "generator_cores": cores}, LEAD_SECONDS)


def _each(those: Iterable[One], wait: Callable[[One], Said]) -> list[Said]:
    """What each says. Raises the first Failure or HarnessError, after all have spoken."""
    said: list[Said] = []
    failures: list[Failure | HarnessError] = []
    for one in those:
        try:
            said.append(wait(one))
        except (Failure, HarnessError) as failure:
            failures.append(failure)
    if failures:
        raise failures[0]
    return said


class RunningGenerator:
    """A load generator, in a process of its own."""

    def __init__(self, cpus: Sequence[int], place: int, of: int) -> None:
        """Start it. Raises Failure."""
        self._name = f"load generator {place + 1} of {of}" if of > 1 else "the load generator"
        self._child = Child(cpus=cpus)

    def tell(self, asked: Asked) -> None:
        """Send a message: `wait` brings its answer."""
        self._child.tell(asked)

    def wait(self, kind: type[T], seconds: float) -> T:
        """The answer. Raises Failure, of status invalid where it is what the server did."""
        try:
            return self._child.wait(kind, seconds)
        except Failure as failure:
            if failure.status == "invalid":
                raise
            if how := self._child.ended(LAST_SECONDS):
                raise PeerEnded(self._name, how) from None
            raise Failure(failure.status, f"{self._name}: {failure}") from None

    def stop(self) -> None:
        """End it."""
        self._child.stop()


def together(said: Sequence[Exchanged]) -> Seen:
    """What several generators, whose clocks are one, saw of an exchange, as if they had been one."""
    began, ended = [one.began for one in said], [one.began + one.seconds for one in said]
    used, fastest = [one.cpu_seconds for one in said], max(one.fastest for one in said)
    several, open_loop = len(said) > 1, said[0].intended_per_second is not None
    return Seen(
        answers=sum(one.answers for one in said),
        seconds=max(ended) - min(began) if several else said[0].seconds,
        latency=of_all(one.times for one in said),
        fairness=min(one.slowest for one in said) / fastest if fastest else 0.0,
        unanswered=sum(one.unanswered for one in said),
        cpu_seconds=sum(used),
        by_generator=used if several else [],
        together_seconds=max(0.0, min(ended) - max(began)) if several else None,
        intended_per_second=said[0].intended_per_second,
        backlog_most=sum(one.backlog_most or 0 for one in said) if open_loop else None,
        backlog_end=sum(one.backlog_end or 0 for one in said) if open_loop else None,
    )
