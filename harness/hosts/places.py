"""Which blocks of which groups are done, in flight or due. Pure: it knows no hosts but by their numbers."""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Sequence

LATEST = 3
"""Blocks of a host by which is seen how long its next will take."""
Place = tuple[int, int]
"""A group and a block."""


class Places:
    """The blocks of a run, by group."""

    def __init__(self, groups: int) -> None:
        self._done: set[Place] = set()
        self._flying: set[Place] = set()
        self._taken: Counter[Place] = Counter()
        """Of a group by a host."""
        self._latest: dict[int, deque[float]] = defaultdict(lambda: deque(maxlen=LATEST))
        self._longest: dict[int, float] = {}
        self._begun, self._in_to = [False] * groups, [0] * groups

    def accept(self, group: int, block: int, site: int = 0, seconds: float | None = None) -> bool:
        """A block is in; whether it was not yet."""
        self._flying.discard((group, block))
        if (group, block) in self._done:
            return False
        self._done.add((group, block))
        self._taken[group, site] += 1
        self._begun[group] = True
        if seconds is not None:
            self._latest[site].append(seconds)
            self._longest[group] = max(seconds, self._longest.get(group, 0.0))
        return True

    def fly(self, group: int, block: int) -> None:
        """A block is being measured."""
        self._flying.add((group, block))

    def again(self, group: int, block: int) -> None:
        """A block that was being measured is due again."""
        self._flying.discard((group, block))

    def has(self, block: int, groups: Sequence[int]) -> bool:
        """Whether a block is in of all of some groups, of which there are any."""
        return bool(groups) and all((group, block) in self._done for group in groups)

    def next(self, groups: Sequence[int], most: int, site: int | None = None, hosts: int = 1) -> Place | None:
        """The first block that is neither in nor in flight, of at most so many: a group's others wait for its first.
        Of several hosts none has more of a group than its share."""
        share = math.ceil(most / max(1, hosts))
        due = [
            (block, group)
            for group in groups
            if (site is None or self._taken[group, site] < share)
            and (block := self._first_free(group)) < most
            and (self._begun[group] or not self._is_flying(group))
        ]
        block, group = min(due, default=(0, -1))
        return (group, block) if due else None

    def longest(self, site: int | None) -> float | None:
        """Seconds that the longest of a host's latest blocks took; of any host's, where it has none."""
        mine = (self._latest.get(site) if site is not None else None) or [
            one for each in self._latest.values() for one in each
        ]
        return max(mine, default=None)

    def longest_of(self, group: int) -> float | None:
        """Seconds that the longest block of a group took so far."""
        return self._longest.get(group)

    def _first_free(self, group: int) -> int:
        while (group, self._in_to[group]) in self._done:
            self._in_to[group] += 1
        block = self._in_to[group]
        while (group, block) in self._done or (group, block) in self._flying:
            block += 1
        return block

    def _is_flying(self, group: int) -> bool:
        return any(one == group for one, _ in self._flying)
