"""A server under load: one worker that serves, within one block, and what the load generator saw of it."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

import msgspec

from harness.measure.cell import Cell, Place
from harness.process import launch, usage
from harness.process import peers as peer
from harness.record.plan import Demand, Plan, Strategy
from harness.record.sample import Latency, Load, Round, Trial
from harness.statistics.fairness import RATE_SLACK

SILENCE = 5.0
SILENCE_EACH = 0.001
"""Seconds without any answer after which no more are waited for, and what each connection adds: ten thousand threads
that all wake up keep an interpreter busy for a while."""
SPARE_SECONDS = 15.0
LAST_WORDS_SECONDS = 0.5
"""What a server that broke its connections is given to say why."""
TRIAL_SECONDS = 1.0
TRIAL_ARRIVALS = 200
"""A trial's least: p99 of fewer arrivals is the slowest or the one before."""
RESOLUTION = 1.05
MOST_TRIALS = 20
USED = ("cpu_user_seconds", "cpu_system_seconds", "voluntary", "involuntary")
OPEN_LOOP = ("unanswered", "intended_per_second", "backlog_most", "backlog_end")


class ServerCell(Cell):
    """A server within one block: its worker serves from when it is ready."""

    def __init__(self, place: Place, strategy: Strategy, plan: Plan) -> None:
        super().__init__(place, strategy, plan.timeout)
        self._group, self._seed, self._slo = plan.groups[place.group], plan.seed + place.block, plan.slo
        assert self._group.demand is not None
        self._demand: Demand = self._group.demand

    def begin(self, job: dict[str, Any], cpus: Sequence[int]) -> None:
        self._worker.tell(self._named(job) | {"do": "serve", "address": ("127.0.0.1", 0), "cpus": list(cpus)})

    def prepared(self) -> None:
        super().prepared()
        self._facts["apart"] = len(self._facts.get("cpus", ())) < len(os.sched_getaffinity(0))

    def round(self, kind: str, peer: Any, position: int = 0) -> float:
        """Load the server once; return the seconds of the exchange. All of its rounds are watched."""
        if kind == "observed":
            return 0.0
        try:
            if kind == "timed" and self._slo:
                done = self._searched(peer, position, self._slo)
            else:
                done = self._loaded(peer, position, self._demand.rate, self._demand.seconds)
        except launch.Failure as failure:
            self.fail(failure)
            return 0.0
        self._rounds[kind].append(done)
        return done.wall_seconds

    def wanted(self, asked: int | None, precise: bool = False) -> int:
        return 1 if self._slo else super().wanted(asked, precise)

    def _searched(self, generator: peer.Generator, position: int, slo: float) -> Round:
        """The capacity: real runs at rates that are halved or doubled from half of what the warm-up reached until one
        holds and one does not, and then bisected (on a scale of ratios)."""
        began = self._rounds["warmup"][-1] if self._rounds["warmup"] else self._loaded(generator, position, 0.0, 0.0)
        rate = (began.load.answers if began.load else 1) / began.wall_seconds / 2
        seconds = self._demand.seconds or TRIAL_SECONDS
        held, failed, best = 0.0, math.inf, began
        trials: list[Trial] = []
        while failed > RESOLUTION * held and len(trials) < MOST_TRIALS:
            done = self._loaded(generator, position + len(trials), rate, max(seconds, TRIAL_ARRIVALS / rate))
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
                rate = math.sqrt(held * failed) if held else rate / 2
        assert best.load is not None
        load = msgspec.structs.replace(best.load, trials=trials)
        return msgspec.structs.replace(best, position=position, load=load)

    def _loaded(self, generator: peer.Generator, position: int, rate: float, seconds: float) -> Round:
        """One load of the server. Raises Failure, of status invalid where an answer was wrong or missing."""
        silence = self._silence()
        before = usage.of(self._worker)
        try:
            opened = self._opened(generator, silence)
            held = usage.of(self._worker)
            said = self._exchanged(generator, silence, rate=rate, seconds=seconds, seed=self._seed + position)
            after = usage.of(self._worker)
        finally:
            closed = generator.ask({"do": "close", "timeout": silence}, self._timeout + SPARE_SECONDS)
        grown = max(0, held["resident_bytes"] - before["resident_bytes"])
        return Round(
            wall_seconds=said["seconds"],
            position=position,
            peak_memory_bytes=max(held["resident_bytes"], after["resident_bytes"]),
            grown_bytes=grown,
            peer_cpu_seconds=said["cpu_seconds"],
            **{name: after[name] - held[name] for name in USED},
            load=Load(
                answers=said["answers"],
                held=opened["served"],
                accept_seconds=opened["seconds"],
                latency_seconds=Latency(**said["latency"]),
                fairness=said["fairness"],
                memory_per_connection_bytes=grown / opened["served"],
                threads=max(held["threads"], after["threads"]),
                left_open=closed.get("left_open", 0),
                **{name: said[name] for name in OPEN_LOOP if name in said},
            ),
        )

    def _silence(self) -> float:
        """For how many seconds nobody may be answered."""
        return SILENCE + self._group.concurrency * SILENCE_EACH + self._demand.patience

    def _opened(self, generator: peer.Generator, silence: float) -> dict[str, Any]:
        """Open all connections, each with one answer."""
        ramp, wanted = self._demand.ramp, self._group.concurrency
        address = self._facts["address"]
        opened = self._asked(generator, do="connect", address=address, connections=wanted, ramp=ramp, timeout=silence)
        if opened["served"] < wanted:
            raise launch.Failure(
                "invalid",
                f"{opened['served']:,} of {wanted:,} connections were served while all were open: "
                f"{wanted - opened['served']:,} got no answer for {silence:.0f} s",
            )
        return opened

    def _exchanged(self, generator: peer.Generator, silence: float, **how: Any) -> dict[str, Any]:
        """Send and receive on all of them. In an open loop answers may be missing: that is its result."""
        how |= {"messages": self._demand.messages, "timeout": silence, "limit": self._timeout}
        said = self._asked(generator, do="exchange", **how)
        if said["unanswered"] and not how["rate"]:
            slow = said["seconds"] >= self._timeout
            raise launch.Failure(
                "timeout" if slow else "invalid",
                f"{said['unanswered']:,} connections had not all their answers after "
                + (f"{self._timeout:g} s" if slow else f"{silence:.0f} s in which none came"),
            )
        return said

    def _asked(self, generator: peer.Generator, **message: Any) -> dict[str, Any]:
        lasts = message.get("seconds", 0.0) + message.get("ramp", 0.0)
        said = generator.ask(message, lasts + self._timeout + SPARE_SECONDS)
        if "broken" not in said:
            return said
        if self._worker.has_said(LAST_WORDS_SECONDS):  # it serves no longer
            answer = self._worker.wait(LAST_WORDS_SECONDS)
            raise launch.Failure(answer.get("status", "failed"), answer.get("reason", "it stopped serving"))
        raise launch.Failure("invalid", said["broken"])
