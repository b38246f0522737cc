"""A server under load, within one block, and what the load generator saw of it."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from harness.measure.cell import Looked
from harness.measure.count import Counting
from harness.measure.counters import Tool
from harness.measure.functions import Owners
from harness.measure.tasks import its_own
from harness.process import usage
from harness.process.channel import Failure
from harness.process.generators import Generators, Seen
from harness.record.plan import PlannedGroup, PlannedStrategy
from harness.record.sample import Latency, Leftover, Load, Round, Trial
from harness.statistics.fairness import RATE_SLACK
from harness.worker.messages import Connect, Connected, Exchange, RoundKind
from harness.workloads.serving import Demand

SILENCE_EACH = 0.001
"""Seconds that each connection adds to those without any answer after which no more are waited for: ten thousand
threads that all wake up keep an interpreter busy for a while."""
LAST_WORDS_SECONDS = 0.5
"""What a server that broke its connections is given to say why."""
TRIAL_SECONDS = 1.0
TRIAL_ARRIVALS = 200
"""A trial's least: p99 of fewer arrivals is the slowest or the one before."""
RESOLUTION = 1.05
MOST_TRIALS = 20
IDLE, UNHURRIED = 1 / 8, 1 / 2
"""Of the first rate: a server that misses what is asked with so little to do misses it at any rate; and one whose
median does, with a little more."""
SEEN = (
    "answers", "unanswered", "fairness", "by_generator", "together_seconds", "intended_per_second", "backlog_most",
    "backlog_end",
)  # fmt: skip
"""What a load has as the generators saw it."""


class Served(Protocol):
    """The processes of a server (harness/process/servers.py), here or on another host. All of it raises Failure."""

    def begin(self, cpus: Sequence[int]) -> None:
        """Have them get ready and serve, on these cores ([]: all), while others do."""

    def prepared(self) -> list[dict[str, Any]]:
        """Wait until they are ready; return the facts of each."""

    def used(self) -> dict[str, Any]:
        """What they have used so far and hold now, together."""

    def descriptors(self) -> list[int]:
        """How many each has open; [] where there is only one process, which has all connections."""

    def last_words(self, seconds: float) -> Failure | None:
        """Why one of them serves no longer, if one does not."""

    def stop(self) -> None:
        """End them."""

    def left_behind(self) -> list[Leftover]:
        """What they left running when they were stopped, once that is ended."""


class LoadDriver:
    """Loads a server, which serves from when it is ready. All of its rounds are watched."""

    def __init__(
        self, strategy: PlannedStrategy, servers: Served, generators: Generators, group: PlannedGroup, seed: int,
        timeout: float, silence: float, slo: float | None,
    ) -> None:  # fmt: skip
        """`silence`: seconds without any answer after which no more are waited for. `slo`: seconds under which p99 has
        to stay, where the capacity is sought."""
        assert group.demand is not None
        self._demand: Demand = group.demand
        self._strategy, self._servers, self._generators = strategy, servers, generators
        self._connections, self._seed, self._timeout, self._slo = group.concurrency, seed, timeout, slo
        self._processes = group.processes
        self._silence = silence + group.concurrency * SILENCE_EACH + group.demand.patience
        self._warm: Round | None = None
        self._address: Sequence[Any] = ()
        self.most_rounds = 1 if slo else None

    def begin(self, cpus: Sequence[int]) -> None:
        self._servers.begin(cpus)

    def ready(self) -> dict[str, Any]:
        facts, *_ = [its_own(self._strategy, one) for one in self._servers.prepared()]
        self._address = facts["address"]
        apart = {"apart": len(facts.get("cpus", ())) < len(os.sched_getaffinity(0))}
        several = {"processes": self._processes} if self._processes > 1 else {}
        return facts | apart | several | self._generators.facts

    def round(self, kind: RoundKind, position: int) -> Round | None:
        if kind == "observed":
            return None
        if kind == "timed" and self._slo:
            return self._searched(position, self._slo)
        done = self._loaded(position, self._demand.rate, self._demand.seconds)
        if kind == "warmup":
            self._warm = done
        return done

    def left(self) -> tuple[dict[str, Any], int | None]:
        return {}, None  # it serves still

    def count(self) -> Counting[float]:
        raise Failure("unsupported", "a server's instructions are not counted")

    def seen(self, kind: RoundKind, seconds: float) -> Looked:
        raise Failure("unsupported", "a server is not looked into: name a workload of tasks")

    def functions(self, used: Tool) -> Counting[Owners]:
        raise Failure("unsupported", "a server's instructions are not counted")

    def stop(self) -> None:
        self._servers.stop()

    def left_behind(self) -> list[Leftover]:
        return self._servers.left_behind()

    def _searched(self, position: int, slo: float) -> Round:
        """The capacity: real runs at rates that are halved or doubled from half of what the warm-up reached until one
        holds and one does not, and then bisected (on a scale of ratios). None holds where the server is idle and
        misses."""
        began = self._warm or self._loaded(position, 0.0, 0.0)
        rate = (began.load.answers if began.load else 1) / began.wall_seconds / 2
        first = rate
        seconds = self._demand.seconds or TRIAL_SECONDS
        held, failed, best = 0.0, math.inf, began
        trials: list[Trial] = []
        while failed > RESOLUTION * held and len(trials) < MOST_TRIALS:
            done = self._loaded(position + len(trials), rate, max(seconds, TRIAL_ARRIVALS / rate))
            assert done.load is not None
            achieved = done.load.answers / done.wall_seconds
            p99 = done.load.latency_seconds.p99
            holds = p99 <= slo and not done.load.unanswered and achieved >= (1 - RATE_SLACK) * rate
            trials.append(Trial(rate, achieved, p99, holds))
            if holds:
                held, best = rate, done
                rate = math.sqrt(held * failed) if failed < math.inf else 2 * rate
            else:
                failed = rate
                if not held and at_any_rate(rate / first, done.load.latency_seconds, slo):
                    break
                rate = math.sqrt(held * failed) if held else rate / 2
        assert best.load is not None
        load = msgspec.structs.replace(best.load, trials=trials)
        return msgspec.structs.replace(best, position=position, load=load)

    def _loaded(self, position: int, rate: float, seconds: float) -> Round:
        """One load of the server. Raises Failure, of status invalid where an answer was wrong or missing."""
        before, idle = self._servers.used(), self._servers.descriptors()
        try:
            opened = self._opened()
            held, busy = self._servers.used(), self._servers.descriptors()
            said = self._exchanged(rate, seconds, self._seed + position)
            after = self._servers.used()
        except Failure as failure:
            raise (self._servers.last_words(LAST_WORDS_SECONDS) or failure) from None
        finally:
            closed = self._generators.close(self._silence, self._timeout)
        grown = max(0, held["resident_bytes"] - before["resident_bytes"])
        return Round(
            wall_seconds=said.seconds,
            position=position,
            peak_memory_bytes=max(held["resident_bytes"], after["resident_bytes"]),
            grown_bytes=grown,
            peer_cpu_seconds=said.cpu_seconds,
            **usage.between(held, after),
            load=Load(
                held=opened.served,
                accept_seconds=opened.seconds,
                latency_seconds=Latency(**said.latency),
                memory_per_connection_bytes=grown / opened.served,
                threads=max(held["threads"], after["threads"]),
                left_open=closed.left_open,
                by_process=[max(0, now - then) for then, now in zip(idle, busy, strict=True)],
                **{name: getattr(said, name) for name in SEEN},
            ),
        )

    def _opened(self) -> Connected:
        """Open all connections, each with one answer."""
        wanted, silence = self._connections, self._silence
        opened = self._generators.connect(Connect(self._address, wanted, self._demand.ramp, silence), self._timeout)
        if opened.served < wanted:
            raise Failure(
                "invalid",
                f"{opened.served:,} of {wanted:,} connections were served while all were open: "
                f"{wanted - opened.served:,} got no answer for {silence:.3g} s",
            )
        return opened

    def _exchanged(self, rate: float, seconds: float, seed: int) -> Seen:
        """Send and receive on all of them. In an open loop answers may be missing: that is its result."""
        asked = Exchange(self._demand.messages, seconds, rate, seed, self._silence, self._timeout)
        said = self._generators.exchange(asked)
        if said.unanswered and not rate:
            slow = said.seconds >= self._timeout
            raise Failure(
                "timeout" if slow else "invalid",
                f"{said.unanswered:,} connections had not all their answers after "
                + (f"{self._timeout:g} s" if slow else f"{self._silence:.3g} s in which none came"),
            )
        return said


def at_any_rate(share: float, latency: Latency, slo: float) -> bool:
    """Whether a server that misses an objective at a share of a search's first rate misses it at any."""
    return share <= IDLE or (share <= UNHURRIED and latency.p50 > slo)
