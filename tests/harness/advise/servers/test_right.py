"""How often an answer is right, by servers whose capacities are drawn."""

from __future__ import annotations

import random
from collections.abc import Callable

from harness.advise.document import Advice
from harness.advise.servers.points import Cell
from tests.harness.advise.servers.simulated import advised, noisy

NAMES = tuple("abcde")
TRIALS, BLOCKS, SCATTER = 20, 7, 0.03


def drawn(seed: int) -> Callable[[Cell], float]:
    """One is the fastest, the others are 0.4 to 1 of it; a second process may help, connections do up to some."""
    shuffler = random.Random(seed)
    speeds = [1.0, *(shuffler.uniform(0.4, 1.0) for _ in NAMES[1:])]
    shuffler.shuffle(speeds)
    gain, enough = shuffler.choice([1.0, 1.8]), shuffler.choice([2, 8, 16, 50, 100])

    def law(cell: Cell) -> float:
        helped = gain if cell.processes == 2 else 1.0
        return 10_000 * speeds[cell.strategy] * helped * max(0.05, min(1.0, cell.connections / enough))

    return law


def right(said: Advice, law: Callable[[Cell], float]) -> bool:
    """Whether the fastest is among those that are advised, and what is surely enough is."""
    assert said.servers
    assert said.servers.best
    best = Cell(NAMES.index(said.use[0]), said.servers.best.processes, said.servers.best.connections)
    fastest = max(range(len(NAMES)), key=lambda strategy: law(best._replace(strategy=strategy)))
    ends = [[law(best._replace(**{one.axis: value})) for value in (one.enough, one.best)] for one in said.servers.knees]
    return NAMES[fastest] in said.use and all(enough * 1.05 >= most for enough, most in ends)


def test_the_fastest_is_advised_and_what_is_surely_enough_is() -> None:
    laws = [drawn(seed) for seed in range(TRIALS)]
    said = [advised(noisy(law, SCATTER, seed), names=NAMES, blocks=BLOCKS) for seed, law in enumerate(laws)]
    assert sum(map(right, said, laws)) >= TRIALS - 1
