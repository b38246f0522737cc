"""What a thread's time is charged to, and how much of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from types import CodeType
from typing import NamedTuple

MOST_KEYS = 20_000


class Key(NamedTuple):
    """What time is charged to."""

    code: CodeType
    line: int
    callee: CodeType | None
    """The function, none of the user's, that the line has called."""
    inside: str | None
    """The function in C that ran."""
    library: tuple[CodeType, int] | None
    """Where it was called, if in a library."""


@dataclass(slots=True)
class Spent:
    """Seconds."""

    computing: float = 0.0
    waiting: float = 0.0
    unyielding: float = 0.0
    """Computing within steps that took the threshold or more, the garbage collector's with it."""
    ready: float = 0.0
    """In line for a core: none of the waiting."""
    collecting: float = 0.0
    """Computing of the garbage collector's."""


class Account:
    """What was charged, in all and in the step that runs. `threshold`: seconds of computing from which on a step holds
    up the others; None where nobody waits for it."""

    def __init__(self, threshold: float | None) -> None:
        self.threshold = threshold
        self.spent: dict[Key, Spent] = {}
        self.elsewhere = 0.0
        """Seconds of lines beyond the most that are kept."""
        self._step: dict[Key, float] = {}
        self._garbage: dict[Key, float] = {}

    def charge(self, key: Key, computing: float, waiting: float, loose: bool, ready: float = 0.0) -> None:
        """Charge seconds; `loose` are those of which it is not known whether they are of the step that runs."""
        spent = self.spent.get(key)
        if spent is None:
            if len(self.spent) >= MOST_KEYS:
                self.elsewhere += computing + waiting
                return
            spent = self.spent[key] = Spent()
        spent.computing += computing
        spent.waiting += waiting
        spent.ready += ready
        if self.threshold is not None and not loose:
            self._step[key] = self._step.get(key, 0.0) + computing

    def collect(self, key: Key, computing: float) -> None:
        """Charge what the garbage collector computed while this line ran, though others may have left the garbage."""
        self.charge(key, computing, 0.0, True)
        if key in self.spent:
            self.spent[key].collecting += computing
            self._garbage[key] = self._garbage.get(key, 0.0) + computing

    def stepped(self) -> None:
        """A step is over: did it hold up the others? To that a line's garbage adds as much as the line itself, at most:
        a collection of all there is comes at any line."""
        (step, self._step), (garbage, self._garbage) = (self._step, {}), (self._garbage, {})
        if self.threshold is None or sum(step.values()) + sum(garbage.values()) < self.threshold:
            return
        own, left = by_line(step), by_line(garbage)
        long = {line for line, seconds in own.items() if seconds + min(seconds, left[line]) >= self.threshold}
        for key, seconds in [*step.items(), *garbage.items()]:
            if (key.code, key.line) in long:
                self.spent[key].unyielding += seconds
        rest = {key: seconds for key, seconds in step.items() if (key.code, key.line) not in long}
        if sum(rest.values()) >= self.threshold:  # many lines, none of them long: the longest stands for all
            self.spent[max(rest, key=rest.__getitem__)].unyielding += sum(rest.values())


def by_line(step: dict[Key, float]) -> Counter[tuple[CodeType, int]]:
    """Seconds by line."""
    lines: Counter[tuple[CodeType, int]] = Counter()
    for key, seconds in step.items():
        lines[key.code, key.line] += seconds  # type: ignore[assignment]
    return lines
