"""What the time of a run has room for: fewer rounds, then fewer groups, before fewer blocks than a verdict needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from harness.record.sample import Cut


class Spent(NamedTuple):
    """What a group took in its last block: seconds, of how many workers, and the seconds of their timed rounds but for
    one of each."""

    seconds: float
    cells: int
    more_rounds: float


class Ahead(NamedTuple):
    """What a group has before it: blocks, and workers in each."""

    blocks: int
    cells: int


class Budget:
    """The seconds that a run may take, and what its groups took."""

    def __init__(self, seconds: float | None) -> None:
        self._most = seconds
        self._spent: dict[int, Spent] = {}

    def spend(self, group: int, spent: Spent) -> None:
        """Remember a group's last block."""
        self._spent[group] = spent

    def seconds(self, ahead: Mapping[int, Ahead], one_round: bool = False) -> float:
        """What some groups are expected to take."""
        return sum(self._block(group, one_round) * it.blocks * it.cells for group, it in ahead.items())

    def room(self, elapsed: float, ahead: Mapping[int, Ahead]) -> bool:
        """Whether that would end in time."""
        return self._most is None or elapsed + self.seconds(ahead) <= self._most

    def cut(self, block: int, elapsed: float, ahead: Mapping[int, Ahead], rounds: int | None) -> Cut | None:
        """What has to go for the rest to end in time, from a block on: rounds, unless their number was asked for, then
        the last groups; one always stays."""
        if self.room(elapsed, ahead) or self._most is None:
            return None
        full, one_round = elapsed + self.seconds(ahead), rounds is None
        kept = dict(ahead)
        while len(kept) > 1 and elapsed + self.seconds(kept, one_round) > self._most:
            kept.popitem()
        left_out = sorted(ahead.keys() - kept.keys())
        return Cut(block, 1 if one_round else None, left_out, full) if one_round or left_out else None

    def _block(self, group: int, one_round: bool) -> float:
        """Seconds of a worker in a block."""
        if group not in self._spent:
            return 0.0
        spent = self._spent[group]
        return (spent.seconds - (spent.more_rounds if one_round else 0.0)) / max(1, spent.cells)
