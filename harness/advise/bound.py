"""What a round cannot go below, and whether what was measured is what was foretold. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterator

from harness.advise.choose import costs_here, load_of
from harness.advise.document import Bound, Candidate, InFlight, What
from harness.advise.known import Known
from harness.advise.model import Costs
from harness.advise.overlap import all_blocked, explained, found, line

SURPRISE = 1.5
"""How many times what was foretold a round takes that the model does not explain."""
NO_DEARER = 1.05
"""Up to which half the concurrency costs next to nothing."""
UNSEEN = "a lock, a client's pool, or a limit of the other end"


def bound(known: Known, name: str) -> Bound:
    """The largest of what a round under a strategy is made of."""
    assert known.probe
    assert known.machine
    tasks, at_most, waiting, computing = load_of(known.plan, known.probe)
    costs = costs_here(costs_under(known, name), known.probe.cores.get(name))
    blocked = name in known.probe.blocked
    waves = tasks if blocked else math.ceil(tasks / at_most)
    parts = [
        part("one-by-one" if blocked else "waiting", waves, waiting),
        part("cpu", tasks, computing, min(at_most, 1 / costs.parallel)),
        part("starting", tasks, costs.spawn + costs.wake),
    ]
    return max(parts, key=lambda one: one.seconds)


def costs_under(known: Known, name: str) -> Costs:
    """What a strategy costs on this machine; nothing where that is not known."""
    assert known.machine
    target = next(one.target for one in known.plan.strategies if one.name == name)
    return known.machine.costs.get(target, Costs())


def part(kind: What, times: int, each: float, cores: float = 1.0) -> Bound:
    """So many of something, one after another on each of some cores."""
    return Bound(kind=kind, times=times, each_seconds=each, cores=cores, seconds=times * each / cores)


def remarks(known: Known, first: Candidate | None, in_flight: InFlight | None, load: float) -> Iterator[str]:
    """What a reader should know that the model does not."""
    assert known.probe
    own = known.probe.own_cores.items()
    if several := [f"{name} ({cores:.1f})" for name, cores in own if costs_under(known, name).parallel == 1]:
        yield f"tasks computed on several cores at once under {', '.join(several)}: code that lets the GIL go"
    if all_blocked(known) and (len(known.probe.four) > 1 or found(known)):
        yield f"waits overlap under no strategy that was asked{line(known)}"
        if not explained(known):
            yield f"what a task waits for admits one at a time: {UNSEEN}"
    elif in_flight and in_flight.high < NO_DEARER and known.plan.groups[0].concurrency > 1:
        yield f"half in flight costs next to nothing: fewer get through at once ({UNSEEN}), or computing is what counts"
    elif first and (times := first.wall_seconds / max(1e-9, known.foretold[first.strategy])) > SURPRISE:
        yield (
            f"it took {times:.1f} times what single tasks foretell: other work on this machine (load {load:.0f}), "
            f"or what the model cannot see: {UNSEEN}"
        )
