"""The load generators of a server: each has its share of the connections, and what they saw is put together."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

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


class Generators:
    """One load generator (workloads/peers/load.py) or several, each in a process of its own, and each asked by messages
    alone. All of it raises Failure, of status invalid where the server refuses or breaks connections."""

    def __init__(self, asked: BeGenerator, cpus: Sequence[int], many: int) -> None:
        """Start them on some cores ([]: all)."""
        cores = len(cpus or os.sched_getaffinity(0))
        self.facts = {"generators": many, "generator_cores": cores} if many > 1 else {}
        self._all: list[RunningGenerator] = []
        try:
            for place in range(many):
                self._all.append(RunningGenerator(cpus, place, many))
                self._all[-1].tell(replace(asked, place=place, of=many))
            self._answers(Done, START_SECONDS)
        except BaseException:
            self.stop()
            raise

    def connect(self, asked: Connect, limit: float) -> Connected:
        """Open connections: each generator its share."""
        said = self._ask(asked, Connected, asked.ramp + limit)
        served, seconds = sum(one.served for one in said), max(one.seconds for one in said)
        return Connected(sum(one.connections for one in said), served, seconds)

    def exchange(self, asked: Exchange) -> Seen:
        """Load all of them, from one moment on."""
        if len(self._all) > 1:
            asked = replace(asked, begin=time.perf_counter() + LEAD_SECONDS)
        return together(self._ask(asked, Exchanged, asked.seconds + asked.limit))

    def close(self, timeout: float, limit: float) -> Closed:
        """Close all of them."""
        return Closed(sum(one.left_open for one in self._ask(Close(timeout), Closed, limit)))

    def stop(self) -> None:
        """End them."""
        for one in self._all:
            one.stop()

    def _ask(self, asked: Asked, kind: type[T], seconds: float) -> list[T]:
        for one in self._all:
            one.tell(asked)
        return self._answers(kind, seconds + SPARE_SECONDS)

    def _answers(self, kind: type[T], seconds: float) -> list[T]:
        """The answer of each, after all have answered: none is left for the next question."""
        answers: list[T] = []
        failures: list[Failure] = []
        deadline = time.monotonic() + seconds
        for one in self._all:
            try:
                answers.append(one.wait(kind, max(0.0, deadline - time.monotonic())))
            except Failure as failure:
                failures.append(failure)
        if failures:
            raise failures[0]
        return answers


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
