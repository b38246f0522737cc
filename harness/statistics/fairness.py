"""Whether a comparison was fair, from what was recorded: a sentence for each check that does not hold. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Literal

from harness.record.plan import PlannedGroup, PlannedStrategy
from harness.record.sample import Host, Load, Round, Sample
from harness.statistics import generators, processes, shell
from harness.statistics.left import left_behind, outlived, unfinished

PATCHING = ("gevent.monkey:patch_all", "eventlet:monkey_patch")
BOUND_SHARE = 0.9
LITTLE_SLACK = 1.25
RATE_SLACK = 0.02
NOTHING_OF_IT = (
    "nothing of its folder was loaded, so what ran is installed or lies elsewhere: name the workload by its file"
)
NONE: Mapping[int, str] = {}
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
    if lacking := [name for name in group.of_strategies if name not in strategy.options]:
        yield f"it has no {' and no '.join(lacking)}: it does the same whatever that is"
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
        yield "the standard library was patched by gevent or eventlet, which this strategy does not ask for"
    if False in patched and strategy.prelude in PATCHING:
        yield "the standard library was not patched, though the strategy asks for it"


def loads_nothing(strategy: PlannedStrategy, samples: Sequence[Sample]) -> bool:
    """Whether all that its workers loaded is what is installed, or what we have, where it stands for a folder."""
    variant = strategy.variant
    stands = variant is not None and variant.root is not None and not variant.python
    return stands and any(one.facts.get("own_modules") == 0 for one in samples)


def limited_by(samples: Sequence[Sample]) -> Literal["server", "generator", "neither"]:
    """What kept a server from answering more: the one that used a core up; the server, where it used all cores that it
    could, or did not keep up with the rate asked for; or neither."""
    if generator_share(samples) >= BOUND_SHARE:
        return "generator"
    return "server" if server_share(samples) >= BOUND_SHARE or not kept_up(samples) else "neither"


def generator_share(samples: Sequence[Sample]) -> float:
    """How much of the processor that it could use the load generator used: of a core; of several the busiest, or all of
    them where they had fewer cores."""
    total = peer_share(samples) or 0.0
    rounds = [(seconds, load.by_generator) for seconds, load in _loads(samples) if load.by_generator]
    if not rounds:
        return total
    many = max(len(each) for _, each in rounds)
    busiest = sum(max(each) for _, each in rounds) / sum(seconds for seconds, _ in rounds)
    cores: int = samples[0].facts.get("generator_cores", many)
    return max(busiest, total / min(many, cores))


def server_share(samples: Sequence[Sample]) -> float:
    """How much of the processor that it could use a server used: of a core, or, with several processes, of as many
    cores, but for what the generator took where they shared them."""
    facts = samples[0].facts
    several: int = facts.get("processes", 1)
    if several == 1:
        return own_share(samples)
    cores = len(facts["cpus"])
    free = cores if facts.get("apart") else max(1.0, cores - (peer_share(samples) or 0.0))
    return own_share(samples) / min(several, free)


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
    generator = generator_share(samples)
    if generator >= BOUND_SHARE:
        yield f"limited by the generator: {generators.used(group, samples, generator)}"
    elif (group.generators > 1 or samples[0].facts.get("generator_hosts")) and generator >= generators.HALF:
        used = generators.used(group, samples, generator)
        yield f"busy generators: {used}; from {generators.HALF:.0%} on their own work is in the latencies"
    yield from generators.warnings(group, samples)
    if trials := [trial for load in loads if not load.capacity for trial in load.trials]:
        yield f"a search found no rate that holds: the least p99 was {1000 * min(one.p99 for one in trials):.3g} ms"
    elif limited_by(samples) == "neither":
        yield from _idle(samples)
    if not all(sample.facts.get("apart") for sample in samples):
        yield "server and generator shared their cores: each slows the other"
    yield from processes.warnings(group, samples)
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
    yield from outlived(samples)


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


def disturbances(marks: Sequence[Host], names: Mapping[int, str] = NONE) -> Iterator[str]:
    """What disturbed each machine while it measured, where it matters. Nothing is dropped for it. `names`: of several
    hosts, by their numbers."""
    for site in dict.fromkeys(mark.site for mark in marks):
        of = f"{names[site]}: " if site in names else ""
        yield from (f"{of}{said}" for said in _disturbances([mark for mark in marks if mark.site == site]))


def _disturbances(marks: Sequence[Host]) -> Iterator[str]:
    steal = max(mark.steal_share for mark in marks[1:] or marks)
    if steal > STEAL_SHARE:
        yield f"the hypervisor took up to {steal:.0%} of the processors during a block"
    throttled = sum(mark.throttled_seconds for mark in marks[1:])
    if throttled:
        yield f"the container's processor limit held processes back for {throttled:.2g} s"
    suspended = sum(mark.suspended_seconds for mark in marks[1:])
    if suspended > SUSPENDED_SECONDS:
        yield f"the machine was suspended for {suspended:.1f} s"
    if stops := sum(mark.stops for mark in marks[1:]):
        often = "once" if stops == 1 else f"{stops:,} times"
        yield f"the run was stopped {often}, and went on (Ctrl-Z): rounds before and after it lie far apart"
    loops = [mark.loop_seconds for mark in marks]
    if max(loops) > (1 + LOOP_SPREAD) * median(loops):
        yield f"a fixed loop between the blocks took up to {max(loops) / median(loops) - 1:.0%} longer than usual"
