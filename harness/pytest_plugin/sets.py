"""The tests that differ by their strategy alone are a set: the first measures all of it, interleaved, in one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest

PARAMETER = "harness_strategy"
PLAIN = (bool, int, float, str, type(None))
LONG = 40
"""Characters of a value that stands in no title."""


@dataclass(frozen=True)
class Place:
    """A test in its set."""

    title: str
    """The test's, without its strategy."""
    strategies: list[Any]
    """Those of the set that this session runs, in its order."""
    own: int
    """The place of the test's strategy among them."""


class Shown(NamedTuple):
    """A run for the summary."""

    title: str
    run: Any
    remark: str


@dataclass
class Sets:
    """What a session has measured of each set, by what was asked for, and what its tests have read."""

    runs: dict[tuple[str, Any], Any] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)
    read: set[tuple[str, Any, int]] = field(default_factory=set)
    apart: dict[str, str] = field(default_factory=dict)
    """The sets that could not be measured together, and why."""

    def why_alone(self, key: tuple[str, Any], row: tuple[str, Any, int]) -> str:
        """Why a test is to be measured alone; nothing where its set is measured as one."""
        if row in self.read:
            return "measured again, alone: its row has been read"
        if key not in self.runs and any(title == key[0] for title, _ in self.runs):
            return "measured alone: it asks for something else than the first test of its set"
        return self.apart.get(key[0], "")


KEPT = pytest.StashKey[Sets]()


def of_session(config: pytest.Config) -> Sets:
    """What this session has measured."""
    return config.stash.setdefault(KEPT, Sets())


def place(item: Any, strategy: Any, items: Sequence[Any]) -> Place:
    """A test in its set. One whose strategy is no parameter of it is alone."""
    title = titled(item, items)
    if _parameters(item).get(PARAMETER, ...) != strategy:
        return Place(title, [strategy], 0)
    mates = [one for one in items if one is item or (_key(one) == _key(item) and not _is_skipped(one))]
    strategies: list[Any] = []
    for mate in mates:
        if (other := _parameters(mate)[PARAMETER]) not in strategies:
            strategies.append(other)
    return Place(title, strategies, strategies.index(strategy))


def titled(item: Any, items: Sequence[Any]) -> str:
    """A test's node ID, with its parameters but for the strategy: as they are, or by their number."""
    bare = str(item.nodeid).removesuffix(f"[{item.callspec.id}]") if hasattr(item, "callspec") else str(item.nodeid)
    parts = [
        f"{name}={value!r}"
        if type(value) in PLAIN and len(repr(value)) < LONG
        else f"{name}=#{_rank(item, name, items)}"
        for name, value in _parameters(item).items()
        if name != PARAMETER
    ]
    return bare + (f"[{', '.join(parts)}]" if parts else "")


def _rank(item: Any, name: str, items: Sequence[Any]) -> int:
    """Which value of a parameter a test has, of those of its function."""
    places = [id(_parameters(one).get(name)) for one in items if _function(one) == _function(item)]
    return list(dict.fromkeys(places)).index(id(_parameters(item)[name]))


def _parameters(item: Any) -> dict[str, Any]:
    found: dict[str, Any] = item.callspec.params if hasattr(item, "callspec") else {}
    return found


def _function(item: Any) -> tuple[str, str]:
    return item.parent.nodeid, getattr(item, "originalname", item.name)


def _key(item: Any) -> Any:
    """What the tests of a set have in common: the function, and each other parameter's value, which pytest hands to
    each of them (its own indices say nothing of that)."""
    if PARAMETER not in _parameters(item):
        return item
    others = sorted((name, id(value)) for name, value in _parameters(item).items() if name != PARAMETER)
    return _function(item), tuple(others)


def _is_skipped(item: Any) -> bool:
    """Whether a mark says already that it will not run. (A condition in words is pytest's to read.)"""
    conditions = [mark.args[0] if mark.args else mark.kwargs.get("condition") for mark in item.iter_markers("skipif")]
    return any(item.iter_markers("skip")) or any(one and not isinstance(one, str) for one in conditions)
