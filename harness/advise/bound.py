"""What a round cannot go below, and whether what was measured is what was foretold. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterator

from harness.advise.choose import costs_here, load_of
from harness.advise.document import Bound, Candidate, InFlight
from harness.advise.known import Known
from harness.advise.model import Costs

SURPRISE = 1.5
"""How many times what was foretold a round takes that the model does not explain."""
NO_DEARER = 1.05
"""Up to which half the concurrency costs nothing."""
UNSEEN = "a lock, a client's pool, or a limit of the other end"


def bound(known: Known, name: str) -> Bound:
    """The largest of what a round under a strategy is made of."""
    assert known.probe
    assert known.machine
    tasks, at_most, waiting, computing = load_of(known.plan, known.probe)
    target = next(one.target for one in known.plan.strategies if one.name == name)
    costs = costs_here(known.machine.costs.get(target, Costs()), known.probe.cores.get(name))
    blocked = name in known.probe.blocked
    waves = tasks if blocked else math.ceil(tasks / at_most)
    parts = [
        part("one-by-one" if blocked else "waiting", waves, waiting),
        part("cpu", tasks, computing * costs.parallel),
        part("starting", tasks, costs.spawn + costs.wake),
    ]
    return max(parts, key=lambda one: one.seconds)


def part(kind: str, times: int, each: float) -> Bound:
    """So many of something, one after another."""
    return Bound(kind=kind, times=times, each_seconds=each, seconds=times * each)  # type: ignore[arg-type]


def remarks(known: Known, first: Candidate | None, in_flight: InFlight | None, load: float) -> Iterator[str]:
    """What a reader should know that the model does not."""
    assert known.probe
    if several := [f"{name} ({cores:.1f})" for name, cores in known.probe.cores.items()]:
        yield f"tasks computed on several cores at once under {', '.join(several)}: code that lets the GIL go"
    if all_blocked(known) and len(known.probe.four) > 1:
        yield f"waits overlap under no strategy: what a task waits for admits one at a time ({UNSEEN})"
    elif in_flight and in_flight.high < NO_DEARER and known.plan.groups[0].concurrency > 1:
        yield f"half in flight is as good: fewer get through at once ({UNSEEN}), or computing is what counts"
    elif first and (times := first.wall_seconds / max(1e-9, known.foretold[first.strategy])) > SURPRISE:
        yield (
            f"it took {times:.1f} times what single tasks foretell: other work on this machine (load {load:.0f}), "
            f"or what the model cannot see: {UNSEEN}"
        )


def all_blocked(known: Known) -> bool:
    """Whether waits overlapped under no strategy that was asked."""
    assert known.probe
    return bool(known.probe.four) and set(known.probe.four) <= set(known.probe.blocked)
