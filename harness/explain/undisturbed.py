"""What lines compute when no call of theirs is heard of. Pure functions.

Code in Python is slower while somebody hears of its calls, by a factor that nobody knows beforehand. The round after it
takes what it takes. It is seen now and then, which tells who computed again, but only of all together how long; so the
factor is one for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

LONG_CALL, LITTLE = 0.001, 0.1
"""Seconds of a call in C that nothing slows, and the share of it that garbage may have: that is heard of."""
AGAIN, LEAST, MOST, OTHERS = 0.5, 0.5, 1.5, 3.0
"""The share of a line's computing from which on it did the same again; and factors that can be true. CPython 3.11 takes
1.3 to 1.9 times as long for some loops; a thread that ends takes with it what it computed since the last look."""


def undisturbed(why: dict[str, Any]) -> dict[str, Any]:
    """What a worker saw of a round that was listened to, its lines' computing as in the round after it."""
    lines: dict[str, Any] = why.get("lines") or {}
    again: dict[str, Any] = why.get("again") or {}
    if not (lines and again):
        return why
    return why | {"lines": of_thread(of_others(lines, again), again)}


def of_thread(lines: dict[str, Any], again: dict[str, Any]) -> dict[str, Any]:
    """The lines of the strategy's thread, and its wall time, as in the second round; as they are where the two rounds
    cannot be compared."""
    of_again = repeated(lines, again)
    parts = [one for one in lines["lines"] if of_line(one) in of_again]
    slow = sum(one["computing"] for one in parts if not is_long(one)) + lines["busy"]
    exact = sum(one["computing"] for one in parts if is_long(one))
    beside = sum(seconds for *line, seconds in again["lines"] if tuple(line) not in of_again)
    factor = within(again["computing"] - beside - exact, slow)
    if factor is None:
        return lines
    told = [scaled(one, factor) if of_line(one) in of_again else one for one in lines["lines"]]
    return lines | {
        "lines": told,
        "busy": lines["busy"] * factor,
        "wall": max(0.0, lines["wall"] - slow * (1 - factor)),
    }


def of_others(lines: dict[str, Any], again: dict[str, Any]) -> dict[str, Any]:
    """The lines of other threads, of which only the sum is known."""
    threads: dict[str, Any] = lines["threads"]
    slow, exact = (sum(one["computing"] for one in threads["lines"] if is_long(one) is kind) for kind in (False, True))
    factor = within(again["others"] - exact, slow, OTHERS)
    return lines | {"threads": threads | {"lines": [scaled(one, factor or 1.0) for one in threads["lines"]]}}


def within(second: float, first: float, most: float = MOST) -> float | None:
    """A factor, if it can be true."""
    return second / first if LEAST * first <= second <= most * first and first > 0 else None


def repeated(lines: dict[str, Any], again: dict[str, Any]) -> set[tuple[str, int]]:
    """The lines that, for all one can tell, computed in the second round as they did in the first."""
    second = {(file, line): seconds for file, line, seconds in again["lines"]}
    first = computed(lines["lines"])
    return {line for line, seconds in first.items() if second.get(line, 0.0) + again["unseen"] >= AGAIN * seconds}


def computed(parts: Iterable[dict[str, Any]]) -> Counter[tuple[str, int]]:
    """Seconds by line."""
    found: Counter[tuple[str, int]] = Counter()
    for one in parts:
        found[of_line(one)] += one["computing"]
    return found


def of_line(part: dict[str, Any]) -> tuple[str, int]:
    """The line of a part."""
    return part["file"], part["line"]


def is_long(part: dict[str, Any]) -> bool:
    """Whether it is long calls in C."""
    computing, calls = part["computing"], max(part["calls"], 1)
    return part["inside"] is not None and computing >= LONG_CALL * calls and part["collecting"] <= LITTLE * computing


def scaled(part: dict[str, Any], factor: float) -> dict[str, Any]:
    """A part whose computing was slowed down."""
    return part if is_long(part) else part | {name: part[name] * factor for name in ("computing", "unyielding")}
