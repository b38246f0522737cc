"""What the time of a run has room for: fewer rounds, then fewer groups, before fewer blocks than verdicts need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from harness.record.sample import Looks
from harness.statistics import flat


def looks(blocks: int, max_time: float | None, first: float) -> Looks:
    """The most blocks of a run that looks after each: those of its plan, or what the time holds by the first block's
    seconds, rounded up to a number whose bound is known."""
    return Looks(min(blocks, flat.row(max_time / first)) if max_time else blocks)


class Spent(NamedTuple):
    """What a group took in its last block: seconds, of so many workers."""

    seconds: float
    cells: int


class Ahead(NamedTuple):
    """What a group has before it: blocks, and workers in each."""

    blocks: int
    cells: int


FOR_MORE = 0.75
"""The share of the time in which a group goes on that has the blocks which its verdicts need."""


class Budget:
    """The seconds that a run may take, and what its groups took."""

    def __init__(self, seconds: float | None) -> None:
        self._most = seconds
        self._spent: dict[int, Spent] = {}

    def spend(self, group: int, spent: Spent) -> None:
        """Remember a group's last block."""
        self._spent[group] = spent

    def seconds(self, ahead: Mapping[int, Ahead]) -> float:
        """What some groups are expected to take."""
        return sum(self._of_worker(group) * it.blocks * it.cells for group, it in ahead.items())

    def room(self, elapsed: float, ahead: Mapping[int, Ahead], share: float = 1.0) -> bool:
        """Whether that would end in a share of the time."""
        return self._most is None or elapsed + self.seconds(ahead) <= share * self._most

    def due(self, elapsed: float, ahead: Mapping[int, Ahead]) -> list[int]:
        """The groups of the next block, by the blocks before each (0: it has those that its verdicts need): all for as
        long as there is time for more than is needed, then as many of the first as all that they need has room for."""
        every = {group: it._replace(blocks=max(1, it.blocks)) for group, it in ahead.items()}
        if self.room(elapsed, every, FOR_MORE):
            return list(ahead)
        needed = {group: it for group, it in ahead.items() if it.blocks}
        while len(needed) > 1 and not self.room(elapsed, needed):
            needed.popitem()
        return (
            list(needed) if self.room(elapsed, {group: it._replace(blocks=1) for group, it in needed.items()}) else []
        )

    def _of_worker(self, group: int) -> float:
        """Seconds of one in a block."""
        return self._spent[group].seconds / max(1, self._spent[group].cells) if group in self._spent else 0.0
