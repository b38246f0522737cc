"""A round of one cell that is looked into and never timed: what a worker of its own saw of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from harness.measure.cell import Driver, Looked, Place
from harness.measure.processes import Executor
from harness.process.channel import Failure
from harness.record.plan import Plan
from harness.worker.messages import RoundKind

UNDISTURBED = ("waits", "executors", "network", "again")
"""What is taken of the second round: who hears of each call slows the calls."""
LESS = 0.5
"""Of the time of the first round, without what hearing took and what others had the core for: a second one that is
shorter did something else."""


def looked(
    plan: Plan, executor: Executor, kind: RoundKind, place: Place, seconds: float, again: RoundKind | None = None
) -> Looked:
    """Start the worker of a place and whatever is at its other end, and have it run one round, the first that it runs:
    what only the first one does (imports, connections) is to be seen. One more, of the kind `again`, is for what the
    first one's being looked into changes. Raises Failure where the round cannot begin."""
    with ready(plan, executor, place) as driver:
        found = driver.seen(kind, seconds)
        if found.whole:
            found = both(found, driver.seen(again, seconds)) if again else found
            with contextlib.suppress(Failure):  # what closing says is no part of the round
                driver.left()
        return found


@contextlib.contextmanager
def ready(plan: Plan, executor: Executor, place: Place) -> Iterator[Driver]:
    """A place's worker that has got ready, and whatever is at its other end; both are ended. Raises Failure."""
    try:
        with executor.block(plan.groups[place.group], ()) as start:
            driver = start(place)
            try:
                driver.begin(())
                driver.ready()
                yield driver
            finally:
                driver.stop()
    finally:
        executor.sweep()


def both(first: Looked, second: Looked) -> Looked:
    """A round and the one after it. If that failed, or did less, it is none: a program may do once what it does not do
    twice."""
    lines = first.seen["why"]["lines"]
    slowed = lines["overhead"] + lines["threads"]["overhead"] + lines["preempted"]
    if not second.whole or second.wall_seconds < LESS * (first.wall_seconds - slowed):
        return first._replace(interrupted=second.interrupted)
    undisturbed = {name: second.seen["why"][name] for name in UNDISTURBED}
    return first._replace(seen=first.seen | {"why": first.seen["why"] | undisturbed})
