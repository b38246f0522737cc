"""Records of every kind of row and run, that nobody measured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from harness.record.plan import Plan, PlannedGroup, PlannedStrategy, Variant
from harness.record.sample import Commit, End, Host, Latency, Load, Record, Round, Sample, Trial
from tests.builders import JITTER, header, plan, sample, samples

END = End("complete", 8, {"starts": 2.0, "rounds": 9.0, "ours": 1.0, "all": 12.0})
LATENCIES = Latency(0.001, 0.002, 0.003, 0.005, 0.001, 0.004, 0.0005, 0.0008, 0.0015, 0.0025)
HOSTILE = '<script>alert("x")</script>|'


def record(made: Plan, taken: list[Sample], end: End | None = END, **changes: Any) -> Record:
    return Record(msgspec.structs.replace(header(), plan=made), taken, end, **changes)


def client(ours: float = 0.5, null: float | None = 1.0) -> Record:
    """A reference, and gevent against it."""
    return record(plan(), samples(ours, null))


def alone() -> Record:
    """One strategy, with nothing to compare it with."""
    made = msgspec.structs.replace(plan(), strategies=plan().strategies[1:], reference="gevent")
    return record(made, [sample(0, block, 0.55 * (1 + jitter)) for block, jitter in enumerate(JITTER)])


def every_status() -> Record:
    """A good row, and one of each kind that has no numbers."""
    lost = ["failed", "timeout", "invalid", "unsupported", "unavailable"]
    strategies = [PlannedStrategy("sequential", "a:B")]
    strategies += [PlannedStrategy(f"is-{status}", "a:B") for status in lost[:3]]
    strategies += [
        PlannedStrategy(f"is-{status}", "a:B", status=status, reason=f"needs {status}")  # type: ignore[arg-type]
        for status in lost[3:]
    ]
    strategies.append(PlannedStrategy("cut-off", "a:B"))
    taken = [sample(0, block, 1.0) for block in range(8)]
    taken += [
        Sample(0, place, 0, status, f"it was {status}")  # type: ignore[arg-type]
        for place, status in enumerate(lost[:3], start=1)
    ]
    return record(msgspec.structs.replace(plan(), strategies=strategies), taken, damaged=2)


def hostile() -> Record:
    """Names and reasons that a page must not obey."""
    strategies = [
        PlannedStrategy(HOSTILE, "a:B"),
        PlannedStrategy(f"{HOSTILE}2", "a:B", status="failed", reason=HOSTILE),
    ]
    groups = [PlannedGroup(HOSTILE, "e:F", {"url": HOSTILE}, 10, 10)]
    made = msgspec.structs.replace(plan(), strategies=strategies, groups=groups, reference=HOSTILE)
    return record(made, [sample(0, block, 1.0) for block in range(8)])


def counted(ours: float = 0.5) -> Record:
    """With instructions of each task."""
    made = msgspec.structs.replace(plan(), count="instructions", count_with="qemu")
    taken = [
        msgspec.structs.replace(one, instructions_per_task=(1000.0 + one.block) * (1 + one.strategy))
        for one in samples(ours)
    ]
    return record(made, taken)


def variants() -> Record:
    """A strategy in two variants, on an http workload with a peer, on loops and clients of their own."""
    strategies = [
        PlannedStrategy("gevent", "c:D", variant=None),
        PlannedStrategy("gevent@old", "c:D", variant=Variant("old", "pip:gevent==24.11.1")),
        PlannedStrategy("gevent@main", "c:D", variant=Variant("main", "git:main", commit="ab" * 20)),
    ]
    groups = [PlannedGroup("http", "e:F", {"client": "auto"}, 10, 20, peer_module="m")]
    made = msgspec.structs.replace(plan(), strategies=strategies, groups=groups, reference="gevent")
    facts = {"python": "3.13.1", "libraries": {"gevent": "26.9.0"}, "loop": "gevent.hub", "client": "urllib3 2.8"}
    taken = []
    for block, jitter in enumerate(JITTER):
        for place, took in enumerate((0.5, 0.52, 0.4)):
            one = sample(place, block, took * (1 + jitter))
            rounds = [msgspec.structs.replace(round, peer_cpu_seconds=0.49) for round in one.rounds]
            client = facts | ({"client": "http.client"} if place == 2 else {})
            taken.append(msgspec.structs.replace(one, rounds=rounds, facts=client))
    marks = [Host(block, 0.02, 0.001, 0.1, 0.05 if block == 3 else 0.0, 0.0, 0.0) for block in range(9)]
    return record(made, taken, marks=marks)


def server(rate: float = 0.0, slo: float | None = None) -> Record:
    """Two servers: in a closed loop, in an open one at a rate, or with their capacity sought."""
    groups = [PlannedGroup("echo", "e:F", {"side": "server", "rate": rate}, 100, 100, serves=True)]
    made = msgspec.structs.replace(plan(), groups=groups, slo=slo)
    taken = []
    for block, jitter in enumerate(JITTER):
        for place, times in enumerate((1.0, 2.0)):
            answers = round(1000 * times * (1 + jitter))
            trials = [Trial(1000.0 * times * (1 + jitter), 990.0 * times, 0.004, held=True)] if slo else []
            load = Load(
                answers, 100, 0.01, LATENCIES, 0.9, 4096.0, 1,
                intended_per_second=rate or None, backlog_most=3 if rate else None, backlog_end=1 if rate else None,
                trials=trials,
            )  # fmt: skip
            taken_round = Round(0.5, 0.1, 0.1, 1, 1, 2 << 20, 4096, peer_cpu_seconds=0.46 if place else 0.1, load=load)
            facts = {"apart": True, "loop": "asyncio.unix_events"}
            taken.append(
                Sample(0, place, block, "ok", warmups=[taken_round], rounds=[taken_round, taken_round], facts=facts)
            )
    return record(made, taken)


def gated(candidate: float = 1.0, count: bool = False) -> Record:
    """A base and a candidate of gevent, and a workload that the base does not have."""
    arms = [
        PlannedStrategy(f"gevent@{name}", "c:D", variant=Variant(name, f"path:{name}"))
        for name in ("base", "candidate")
    ]
    groups = [*plan().groups, PlannedGroup("new", "e:G", {}, 10, 10)]
    made = msgspec.structs.replace(plan(), strategies=arms, reference=arms[0].name, groups=groups, blocks=len(JITTER))
    taken = []
    for block, jitter in enumerate(JITTER):
        for place, took in enumerate((1.0, candidate)):
            counts = 1000.0 * took if count else None
            one = sample(place, block, took * (1 + jitter * place))
            taken.append(msgspec.structs.replace(one, instructions_per_task=counts))
    taken += [
        Sample(1, 0, 0, "failed", "there is no Python file /x/jobs.py"),
        msgspec.structs.replace(taken[1], group=1),
    ]
    commit = Commit("c" * 40, datetime(2026, 11, 24, tzinfo=UTC), changed=2)
    one = record(made, taken)
    return msgspec.structs.replace(one, header=msgspec.structs.replace(one.header, commit=commit))


def commits(number: int = 30, shift_at: int = 20) -> list[Record]:
    """Runs at so many commits; from one of them on gevent takes half as long again."""
    made = []
    for place in range(number):
        one = client((0.5 if place < shift_at else 0.75) * (1 + JITTER[place % len(JITTER)]), None)
        commit = Commit(f"{place:040x}", datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=place))
        about = msgspec.structs.replace(one.header, run=f"r{place:04}", commit=commit)
        marks = [Host(0, 0.02, 0.001, 0.1, 0.0, 0.0, 0.0)]
        made.append(msgspec.structs.replace(one, header=about, marks=marks))
    return made
