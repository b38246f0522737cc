"""What passed while no event told of a thread, divided among the steps in which the sampler saw it."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable
from types import CodeType, FrameType
from typing import NamedTuple

from harness.worker.why.sampler import EVERY

LATE = 1.5 * EVERY
Place = tuple[CodeType, int, CodeType | None]
"""A line of the user's, and the function that it had called."""
Step = tuple[int, FrameType | None]
"""What tells a step from others: how often the loop has turned, and the task; None: the loop itself."""


class Sample(NamedTuple):
    """Where a thread was seen, and when."""

    moment: float
    place: Place | None
    step: Step


Seen = tuple[Place | None, ...]
"""The place where a thread was seen, if it was."""


class Piece:
    """Seconds of a step, and of each line in it, as far as it was seen."""

    def __init__(self, step: Step | None, last: Seen = ()) -> None:
        self.step, self.seconds, self.looks, self.last = step, 0.0, 0, last
        self.places: Counter[Place | None] = Counter()

    def add(self, seconds: float, seen: Seen) -> None:
        """So long it took from where it was seen last to where it is seen now: half of it each, unless the look was
        late: then it was made when the thread gave way, mostly after what took so long."""
        late = max(0.0, seconds - EVERY) if self.last and seen else 0.0
        for place in self.last:
            self.places[place] += late  # type: ignore[assignment]
        both = (*self.last, *seen)
        for place in both:
            self.places[place] += (seconds - late) / len(both)  # type: ignore[assignment]
        self.seconds += seconds
        self.looks += len(seen)
        self.last = seen or self.last


def pieces(
    began: float, since: Step, samples: Iterable[Sample], ended: float, until: Step | None, start: Seen = ()
) -> list[Piece]:
    """The steps between two moments, in their order. `until`: the one at the end; None: the one that was seen last.
    `start`: where the thread was at the first moment.

    Of a time in which a step gave way to another, nobody knows when, each has a half, as long as the sampler was not
    late: a step is never made long by it. What is left is a piece of no step, the last one."""
    found, rest = [Piece(since, start)], Piece(None)
    at = began
    for looked, place, step in samples:
        moment = min(looked, ended)
        found += between(found[-1], step, moment - at, rest, (place,))
        at = moment
    once = len(found) > 1 and found[-1].looks == 1  # others may have come after it
    found += between(found[-1], until or (None if once else found[-1].step), ended - at, rest)
    rest.seconds += sum(one.seconds for one in found if one.step is None)
    return [*(one for one in found if one.step is not None), *([rest] if rest.seconds else [])]


def between(one: Piece, step: Step | None, seconds: float, rest: Piece, seen: Seen = ()) -> list[Piece]:
    """Divide what passed between a piece and a step that was seen next; return the piece of that, if it is another."""
    if one.step == step:
        one.add(seconds, seen)
        return []
    other = Piece(step)
    is_loops = [piece.step is not None and piece.step[1] is None for piece in (one, other)]
    if is_loops[0] != is_loops[1]:  # which takes next to nothing itself
        parts = [0.0 if loops else min(seconds, EVERY) for loops in is_loops]
    else:
        parts = [min(seconds, EVERY) / 2] * 2
    one.add(parts[0], ())
    other.add(parts[1], seen)
    rest.seconds += seconds - sum(parts)
    return [other]


def places(began: float, samples: Iterable[Sample], ended: float, start: Seen = ()) -> Counter[Place | None]:
    """Seconds of each line between two moments of one step."""
    step: Step = (0, None)
    (one,) = pieces(began, step, [sample._replace(step=step) for sample in samples], ended, None, start)
    return one.places


def unlooked(began: float, samples: Iterable[Sample], ended: float) -> float:
    """Seconds between two moments in which the sampler came late: code in C had the GIL, or others had the cores."""
    moments = [began, *(min(one.moment, ended) for one in samples), ended]
    return sum(after - before for before, after in itertools.pairwise(moments) if after - before > LATE)
