"""Whether the rounds of a worker were alike, from what was recorded: a sentence where they were not, since then no
number of them is that of the function. Pure.

A first round is slower than later ones by what warming up takes; `tests/benchmarks/alike.py` measures by how much."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import comb, factorial, prod
from statistics import median
from typing import NamedTuple

from harness.record.sample import Round, Sample

STEPS = ((2.0, 0.150), (3.0, 0.040), (10.0, 0.001))
"""How many times as long as another a round has to take, by how many seconds more, to be of different work: what a
first round of ours takes beyond later ones is under each (a thread, a connection, an import)."""
RISE = ((2.0, 0.001),)
"""The same for a later round than the first, which has nothing to warm up."""
FEW, MANY = 3, 6
"""Workers: most have to show that a slow round was not just kept waiting for a processor, of fewer than FEW all; for
MANY it will do if nine slow rounds in ten are so far beyond the usual quick one."""
TREND, CHANCE = (1.2, 0.001), 0.001
TREND_OF_CPU, LESS_OF_CPU, CHANCE_OF_CPU = (1.4, 0.001), (1.4, 0.100), 0.02
"""How much slower (or quicker) the last may be than the first (the second), where nearly all workers agree: by the
clock, and by the processor's time, which neighbours change less; less of it than a first round is usual by some."""
ORDERS, IN_ORDER = 500, (2.0, 0.001)
"""Of how many orders of their rounds a few workers have to be in the one in which each round is slower (or quicker)
than the one before it, and by how much the last has to differ."""
CERTAIN, UNDISTURBED = (10.0, 0.040), (10.0, 0.010)
"""What a neighbour on the machine does not explain: at all (of 26,000 workers of ours beside up to eight other runs, no
first round took as much: x 35 by 26 ms, x 8 by 169 ms), and where the process was never pre-empted."""
FROM_QUICKEST = (30.0, 0.040)
"""The same from the quickest later round, as others may have been disturbed (ours: x 38 by 26 ms, x 15 by 86 ms)."""
Pair = tuple[Round, Round]
"""A slow round and a quick one."""
Step = tuple[float, float]
FOUND_DONE = "a worker of another row did what its own found done: take that away before each round"
FRESH = "--fresh measures one round in each worker"


class Rounds(NamedTuple):
    """The rounds of one worker, in the order in which they ran; `watched` came last, and carries instruments."""

    plain: list[Round]
    watched: Round | None

    @property
    def later(self) -> list[Round]:
        """Those that came after the first."""
        return self.plain[1:] + ([self.watched] if self.watched else [])


def in_order(sample: Sample) -> Rounds:
    """A sample's rounds, warm-ups first."""
    timed = sorted(sample.rounds, key=lambda round: round.position)
    return Rounds([*sample.warmups, *timed], sample.observed)


def remarks(rows: Mapping[int, Sequence[Sample]], fresh: bool = False) -> dict[int, str]:
    """What is wrong with the rounds of each row of a group, of which these are the samples. Of fresh workers only what
    one leaves to the next is looked at: that holds for all rows, since all find it."""
    workers = {
        row: [in_order(one) for one in sorted(samples, key=lambda one: one.block) if one.status == "ok" and one.rounds]
        for row, samples in rows.items()
    }
    left = {row: text for row, mine in workers.items() if (text := left_to_workers(mine))}
    found = {} if fresh else {row: text for row, mine in workers.items() if (text := of_worker(mine))}
    if left:
        return {row: "; ".join(filter(None, (FOUND_DONE, found.get(row)))) for row in workers} | left
    if any(used_up(workers[row]) for row in found):
        return {row: text for row, mine in workers.items() if (text := suspected(mine))} | found
    return found


def of_worker(workers: Sequence[Rounds]) -> str | None:
    """What one round left to the next within workers, or None."""
    return used_up(workers) or rising(workers) or uneven(workers) or drifting(workers)


def used_up(workers: Sequence[Rounds]) -> str | None:
    """Whether the first rounds did what no later round does."""
    for done in range(1, most(workers) + 1):
        pairs = apart(workers, max, done)
        if differ(pairs, STEPS) or agree(pairs, cpu, LESS_OF_CPU, CHANCE_OF_CPU):
            rounds = "its first round" if done == 1 else f"each of its first {done} rounds"
            return told_once(rounds, "later ones", pairs)
    quickest = apart(workers, min)
    if 0 < len(quickest) < FEW and all(beyond(wall(slow), wall(quick), [FROM_QUICKEST]) for slow, quick in quickest):
        return told_once("its first round", "a later one", quickest)
    return None


def suspected(workers: Sequence[Rounds]) -> str | None:
    """The same, by the clock alone: enough where another row of the same function has shown it."""
    pairs = apart(workers, min)
    return told_once("its first round", "a later one", pairs) if pairs and beyond(*medians(pairs), STEPS) else None


def apart(workers: Sequence[Rounds], which: Callable[..., Round], done: int = 1) -> list[Pair]:
    """The quickest of each worker's first rounds, and of the others the slowest or the quickest."""
    parts = [(one.plain[:done], one.later[done - 1 :]) for one in workers]
    return [(min(before, key=wall), which(after, key=wall)) for before, after in parts if after]


def told_once(rounds: str, others: str, pairs: Sequence[Pair]) -> str:
    """What is said of rounds that did what no later one does."""
    first, later = medians(pairs)
    return f"{rounds} took {told(first)}, {others} {told(later)}: work that was done before is not done again; {FRESH}"


def rising(workers: Sequence[Rounds]) -> str | None:
    """Whether later rounds had more to do than the first."""
    for done in range(1, most(workers) if len(workers) >= FEW else 2):
        halves = [(one.plain[done:], one.plain[:done]) for one in workers if one.plain[done:]]
        pairs = [(min(after, key=wall), max(before, key=wall)) for after, before in halves]
        if differ(pairs, RISE) and (len(pairs) >= FEW or any(worked(*pair) for pair in pairs)):
            return slowed(workers)
    return None


def worked(slow: Round, quick: Round) -> bool:
    """Whether anything but the clock says so: any one round may be held up."""
    return beyond(cpu(slow), cpu(quick), RISE) or slow.voluntary >= max(1, 2 * quick.voluntary)


def uneven(workers: Sequence[Rounds]) -> str | None:
    """Whether of several workers the rounds of one place (the second ones, say) took longer than those of another."""
    if len(workers) < FEW:
        return None
    places = range(min(len(one.plain) for one in workers))
    walls = [median(wall(one.plain[place]) for one in workers) for place in places]
    slow, quick = walls.index(max(walls)), walls.index(min(walls))
    if not differ([(one.plain[slow], one.plain[quick]) for one in workers], STEPS):
        return None
    if walls == sorted(walls):
        return slowed(workers)
    return (
        f"its rounds differ by their place in a worker: round {slow + 1} took {told(walls[slow])}, round {quick + 1} "
        f"{told(walls[quick])}; {FRESH}"
    )


def drifting(workers: Sequence[Rounds]) -> str | None:
    """Whether nearly all workers grew slower from first to last, or quicker from the second; a few, in each round."""
    risen = [(one.plain[-1], one.plain[0]) for one in workers if len(one.plain) > 1]
    fallen = [(one.plain[1], one.plain[-1]) for one in workers if len(one.plain) > 2]
    climb, fall = [one.plain for one in workers], [one.plain[:0:-1] for one in workers]
    if agree(risen, wall, TREND, CHANCE) or agree(risen, cpu, TREND_OF_CPU, CHANCE_OF_CPU) or steady(climb):
        return slowed(workers)
    if agree(fallen, wall, TREND, CHANCE) or steady(fall):
        second, last = medians(fallen)
        return (
            f"its rounds grow quicker, from {told(second)} (the second) to {told(last)} (the last): each leaves less "
            f"to do; {FRESH}"
        )
    return None


def left_to_workers(workers: Sequence[Rounds]) -> str | None:
    """Whether the first worker did what the first rounds of later workers found done."""
    if len(workers) < 2:
        return None
    first, *others = (one.plain[0] for one in workers)
    usual = sorted(others, key=wall)[len(others) // 2]
    own = [(first, round) for round in workers[0].later]
    if not all(differ([pair], STEPS) for pair in [(first, usual), *own]):
        return None
    return (
        f"its first worker began with a round of {told(wall(first))}, later workers with {told(wall(usual))}: what it "
        "left behind (a file, a cache elsewhere) has done their work; take it away before each round"
    )


def most(workers: Sequence[Rounds]) -> int:
    """The rounds of the worker that had the most, the watched one aside."""
    return max((len(one.plain) for one in workers), default=0)


def slowed(workers: Sequence[Rounds]) -> str:
    """What is said of rounds that grow slower."""
    several = [one.plain for one in workers if len(one.plain) > 1]
    first, last = (median(wall(rounds[place]) for rounds in several) for place in (0, -1))
    return (
        f"its rounds grow slower, from {told(first)} (the first) to {told(last)} (the last): each leaves more to do "
        f"for the next; {FRESH}"
    )


def differ(pairs: Sequence[Pair], steps: Sequence[Step]) -> bool:
    """Whether slow rounds and quick ones, a pair of each worker, are of different work."""
    if not pairs:
        return False
    between, proven = medians(pairs), sum(shown(*pair, steps) for pair in pairs)
    if len(pairs) >= MANY:
        least = sorted(wall(slow) for slow, _ in pairs)[len(pairs) // 10]  # a tenth of them may be odd
        if beyond(least, between[1], STEPS[:2]):
            return True
    return beyond(*between, steps) and (proven > len(pairs) / 2 if len(pairs) >= FEW else proven == len(pairs))


def beyond(slow: float, quick: float, steps: Sequence[Step]) -> bool:
    """Whether one number of seconds is so many times another, and so many seconds more, as one of the steps has it."""
    return any(slow >= factor * quick and slow - quick >= least for factor, least in steps)


def shown(slow: Round, quick: Round, steps: Sequence[Step]) -> bool:
    """Whether a slow round computed or waited more than a quick one, rather than being kept waiting for a processor."""
    if beyond(cpu(slow), cpu(quick), steps) or beyond(wall(slow), wall(quick), [CERTAIN]):
        return True
    if slow.involuntary == 0 and beyond(wall(slow), wall(quick), [UNDISTURBED]):
        return True
    return beyond(wall(slow), wall(quick), STEPS[2:]) and slow.voluntary >= max(1, 2 * quick.voluntary)


def agree(pairs: Sequence[Pair], number: Callable[[Round], float], step: Step, chance: float) -> bool:
    """Whether so many workers had the larger number in the round where it was expected that chance does not explain it,
    and the difference matters."""
    if not pairs:
        return False
    n, more = len(pairs), sum(number(slow) > number(quick) for slow, quick in pairs)
    p = sum(comb(n, k) for k in range(more, n + 1)) / 2**n
    return p <= chance and beyond(*medians(pairs, number), [step])


def steady(several: Sequence[Sequence[Round]]) -> bool:
    """Whether each round took longer than the one before it in every worker, which chance does not explain, and the
    last one much longer than the first."""
    ordered = all(wall(before) < wall(after) for rounds in several for before, after in pairwise(rounds))
    if not ordered or prod(factorial(len(rounds)) for rounds in several) < ORDERS:
        return False
    return beyond(*medians([(rounds[-1], rounds[0]) for rounds in several if rounds]), [IN_ORDER])


def wall(round: Round) -> float:
    """Seconds."""
    return round.wall_seconds


def cpu(round: Round) -> float:
    """Seconds of processor."""
    return round.cpu_user_seconds + round.cpu_system_seconds


def medians(pairs: Sequence[Pair], number: Callable[[Round], float] = wall) -> tuple[float, float]:
    """A number of the slow rounds, and of the quick ones."""
    return median(number(slow) for slow, _ in pairs), median(number(quick) for _, quick in pairs)


def told(seconds: float) -> str:
    """A time as a sentence has it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"
