"""Whether a comparison was fair, from what was recorded: a sentence for each check that does not hold. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Literal

from harness.record.plan import PlannedGroup, PlannedStrategy
from harness.record.sample import Host, Load, Round, Sample
from harness.statistics import shell
from harness.statistics.left import left_behind, unfinished

BOUND_SHARE = 0.9
LITTLE_SLACK = 1.25
RATE_SLACK = 0.02
NOTHING_OF_IT = (
    "nothing of its folder was loaded, so what ran is installed or lies elsewhere: name the workload by its file"
)
STEAL_SHARE, SUSPENDED_SECONDS, LOOP_SPREAD = 0.02, 0.05, 0.2


def share(part: float, rounds: Sequence[Round]) -> float:
    """Seconds of processor as a share of the rounds' wall time."""
    return part / sum(round.wall_seconds for round in rounds)


def peer_share(samples: Sequence[Sample]) -> float | None:
    """How much of a core the peer used while the rounds ran; None without a peer."""
    rounds = [round for sample in samples for round in sample.rounds]
    used = [round.peer_cpu_seconds for round in rounds if round.peer_cpu_seconds is not None]
    return share(sum(used), rounds) if used else None


def own_share(samples: Sequence[Sample]) -> float:
    """How much of a core the worker used while the rounds ran."""
    rounds = [round for sample in samples for round in sample.rounds]
    return share(sum(round.cpu_seconds for round in rounds), rounds)


def warnings(group: PlannedGroup, strategy: PlannedStrategy, samples: Sequence[Sample]) -> Iterator[str]:
    """What a reader of a row should know before believing it."""
    watched = [sample.observed for sample in samples if sample.observed]
    in_flight = max(one.in_flight_max for one in watched)
    if in_flight < group.concurrency:
        yield f"{in_flight:,} in flight, {group.concurrency:,} allowed"
    yield from on_its_loop(strategy, samples)
    peer, own = peer_share(samples), own_share(samples)
    if peer is not None and peer > BOUND_SHARE and own < BOUND_SHARE:
        yield f"peer-bound: the peer used {peer:.0%} of a core, the worker {own:.0%}"
    yield from little(group, samples)
    yield from left_behind(samples)


def incomparable(strategy: PlannedStrategy, samples: Sequence[Sample]) -> bool:
    """Whether a row's numbers are of something else than those of its group: it ran on something else than its strategy
    says, left work that nobody waited for, or some of its tasks failed."""
    failed = any(round.failed for sample in samples for round in sample.rounds)
    return failed or unfinished(samples) or any(_other(strategy, samples))


def on_its_loop(strategy: PlannedStrategy, samples: Sequence[Sample]) -> Iterator[str]:
    """Whether it ran on what its strategy says (the loop, a standard library that is patched or is not), and nothing
    debugged it."""
    yield from shell.warnings(samples)
    yield from _other(strategy, samples)


def _other(strategy: PlannedStrategy, samples: Sequence[Sample]) -> Iterator[str]:
    if loads_nothing(strategy, samples):
        yield NOTHING_OF_IT
    loops = {sample.facts.get("loop") for sample in samples}
    if len(loops) > 1:
        yield f"its workers ran on different loops: {', '.join(sorted(map(str, loops)))}"
    for loop in loops:
        if strategy.loop and not str(loop).startswith(f"{strategy.loop}."):
            yield f"asked for the loop of {strategy.loop}, ran on {loop}"
    patched = {bool(sample.facts.get("patched")) for sample in samples}
    if patched == {True} and not strategy.prelude:
        yield "the standard library was patched by gevent, which this strategy does not ask for"
    if False in patched and strategy.prelude == "gevent.monkey:patch_all":
        yield "the standard library was not patched, though the strategy asks for it"


def loads_nothing(strategy: PlannedStrategy, samples: Sequence[Sample]) -> bool:
    """Whether all that its workers loaded is what is installed, or what we have, where it stands for a folder."""
    variant = strategy.variant
    stands = variant is not None and variant.root is not None and not variant.python
    return stands and any(one.facts.get("own_modules") == 0 for one in samples)


def limited_by(samples: Sequence[Sample]) -> Literal["server", "generator", "neither"]:
    """What kept a server from answering more: the one that used a core up; the server, where it did not keep up with
    the rate asked for; or neither."""
    if (peer_share(samples) or 0.0) >= BOUND_SHARE:
        return "generator"
    return "server" if own_share(samples) >= BOUND_SHARE or not kept_up(samples) else "neither"


def _loads(samples: Sequence[Sample]) -> list[tuple[float, Load]]:
    return [(round.wall_seconds, round.load) for sample in samples for round in sample.rounds if round.load]


def kept_up(samples: Sequence[Sample]) -> bool:
    """Whether a server answered at the rate that was asked for, if one was."""
    loads = _loads(samples)
    intended = loads[0][1].intended_per_second
    if not intended or loads[0][1].trials:
        return True
    achieved = median(load.answers / seconds for seconds, load in loads)
    return achieved >= (1 - RATE_SLACK) * intended and not any(load.unanswered for _, load in loads)


def _idle(samples: Sequence[Sample]) -> Iterator[str]:
    """What limits where neither side does and something was asked for (in a closed loop: how long answers wait)."""
    first = _loads(samples)[0][1]
    if first.trials or first.intended_per_second:
        what = "p99" if first.trials else "rate"
        busy = f"the server used {own_share(samples):.0%} of a core, the generator {peer_share(samples) or 0.0:.0%}"
        yield f"limited by neither: {busy}; the {what} asked for is what limits"


def server_warnings(group: PlannedGroup, strategy: PlannedStrategy, samples: Sequence[Sample]) -> Iterator[str]:
    """What a reader of a server's row should know before believing it."""
    loads = [load for _, load in _loads(samples)]
    yield from on_its_loop(strategy, samples)
    generator = peer_share(samples)
    if generator is not None and generator >= BOUND_SHARE:
        yield f"limited by the generator: it used {generator:.0%} of a core"
    if limited_by(samples) == "neither":
        yield from _idle(samples)
    if not all(sample.facts.get("apart") for sample in samples):
        yield "server and generator shared their cores: each slows the other"
    intended = loads[0].intended_per_second
    if intended and not loads[0].trials:
        achieved = median(load.answers / seconds for seconds, load in _loads(samples))
        waiting = max(load.backlog_end or 0 for load in loads)
        if not kept_up(samples):
            yield (
                f"overloaded: {intended:,.0f} requests a second were due, {achieved:,.0f} were answered, and up to "
                f"{waiting:,} waited at the end"
            )
    if left := max(load.left_open for load in loads):
        yield f"{left:,} connections were still open long after their clients had finished"


def little(group: PlannedGroup, samples: Sequence[Sample]) -> Iterator[str]:
    """In flight = throughput x latency (Little 1961): the latencies of the watched round and the throughput of the
    timed ones belong to the same behaviour, or the product is more than may be in flight."""
    means = [sample.observed.latency_seconds.mean for sample in samples if sample.observed]
    known = [mean for mean in means if mean is not None]
    if known:
        per_second = group.tasks / median(round.wall_seconds for sample in samples for round in sample.rounds)
        product = per_second * median(known)
        if product > LITTLE_SLACK * group.concurrency:
            yield (
                f"throughput x latency = {product:.1f}, more than the {group.concurrency:,} in flight: "
                "watched tasks took longer than timed ones, so distrust the latencies"
            )


def disturbances(marks: Sequence[Host]) -> Iterator[str]:
    """What disturbed the machine while it measured, where it matters. Nothing is dropped for it."""
    if not marks:
        return
    steal = max(mark.steal_share for mark in marks[1:] or marks)
    if steal > STEAL_SHARE:
        yield f"the hypervisor took up to {steal:.0%} of the processors during a block"
    throttled = sum(mark.throttled_seconds for mark in marks[1:])
    if throttled:
        yield f"the container's processor limit held processes back for {throttled:.2g} s"
    suspended = sum(mark.suspended_seconds for mark in marks[1:])
    if suspended > SUSPENDED_SECONDS:
        yield f"the machine was suspended for {suspended:.1f} s"
    loops = [mark.loop_seconds for mark in marks]
    if max(loops) > (1 + LOOP_SPREAD) * median(loops):
        yield f"a fixed loop between the blocks took up to {max(loops) / median(loops) - 1:.0%} longer than usual"
