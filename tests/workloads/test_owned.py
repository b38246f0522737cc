"""A class of the user's own as a workload, and two functions that do the same."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from harness.strategies.asyncio import Asyncio
from harness.strategies.sequential import Sequential
from harness.workloads import owned
from harness.workloads.base import Unsupported
from harness.workloads.owned import Owned, Pair, Paired


class Shop:
    """Every step, for either kind of strategy."""

    pause: float = 0.5
    _hidden: int = 1
    shared: Any = None

    def __init__(self, name: str = "a", *, retries: int = 3) -> None:
        self.said = [f"{name}{retries}"]

    def open(self) -> None:
        self.said.append("open")

    async def async_open(self) -> None:
        self.said.append("async open")

    def before(self) -> None:
        self.said.append("before")

    def after(self) -> None:
        self.said.append("after")

    def close(self) -> None:
        self.said.append("close")

    def task(self, index: int) -> tuple[str, int, float]:
        return "task", index, self.pause

    async def async_task(self, index: int) -> tuple[str, int, float]:
        return "async", index, self.pause

    def check(self, index: int, value: Any) -> None:
        assert value[1] == index


@dataclass
class Crawler:
    depth: int = 2

    def task(self, io: Any, index: int) -> tuple[Any, int, int]:
        return io, index, self.depth


class Called:
    def __call__(self, index: int) -> int:
        return index


class OnlyAsync:
    async def async_task(self, index: int) -> int:
        return index

    async def open(self) -> None:
        pass


class AsyncSteps(Called):
    async def open(self) -> None:
        pass


def tasks(found: Any, strategy: Any, **options: Any) -> list[Any]:
    work = Owned(found, options).bound(strategy, None)
    if isinstance(strategy, Sequential):
        return strategy.run(work.bind(strategy), 2, 2)
    done: list[Any] = strategy.enter(lambda: strategy.run(work.bind(strategy), 2, 2))
    return done


def test_each_kind_of_strategy_has_its_task() -> None:
    assert tasks(Shop, Sequential()) == [("task", 0, 0.5), ("task", 1, 0.5)]
    assert tasks(Shop, Asyncio()) == [("async", 0, 0.5), ("async", 1, 0.5)]
    assert tasks(Called, Asyncio()) == tasks(Called(), Sequential()) == [0, 1]
    assert tasks(OnlyAsync, Asyncio()) == [0, 1]


def test_an_object_that_is_there_is_used_as_it_is() -> None:
    shop = Shop()
    work: Any = Owned(shop).bound(Sequential(), None)
    work.open()
    assert shop.said == ["a3", "open"]


def test_fields_and_keyword_arguments_with_plain_defaults_are_options() -> None:
    assert {name: one.default for name, one in owned.known(Shop).items()} == {"pause": 0.5, "name": "a", "retries": 3}
    assert {name: one.kind for name, one in owned.known(Crawler).items()} == {"depth": int}
    assert tasks(Shop, Sequential(), pause=0.25)[0] == ("task", 0, 0.25)
    strategy = Sequential()
    assert tasks(Crawler, strategy, depth=5)[1] == (strategy.io, 1, 5)
    made = owned.made(Shop, {"name": "b", "retries": 1, "pause": 2.0})
    assert (made.said, made.pause) == (["b1"], 2.0)


def test_steps_are_those_of_the_strategy() -> None:
    for strategy, opened in ((Sequential(), "open"), (Asyncio(), "async open")):
        shop = Shop()
        work: Any = Owned(shop).bound(strategy, None)  # type: ignore[arg-type]
        for step in (work.open, work.begin, work.end, work.close):
            if asyncio.iscoroutine(waited := step()):
                asyncio.run(waited)
        assert shop.said[1:] == [opened, "before", "after", "close"]
        assert work.closes


def test_a_class_without_steps_has_none() -> None:
    work: Any = Owned(Called).bound(Sequential(), None)
    assert [work.open(), work.begin(), work.end(), work.close(), work.check([0, 1])] == [None] * 5
    assert not work.closes


def test_what_a_blocking_strategy_cannot_run_is_unsupported() -> None:
    with pytest.raises(Unsupported, match="OnlyAsync has no task"):
        Owned(OnlyAsync).bound(Sequential(), None)
    work: Any = Owned(AsyncSteps).bound(Sequential(), None)
    with pytest.raises(Unsupported, match=r"open is an async def \(open at test_owned.py:"):
        work.open()


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        (None, None),
        (True, None),
        ("", None),
        (False, "check: task 0 returned a wrong value"),
        ("too small", "check: task 0: too small"),
    ],
)
def test_a_check_returns_what_is_wrong_with_a_value(said: Any, wrong: str | None) -> None:
    class Checked(Called):
        def check(self, index: int, value: int) -> Any:
            return said

    class Awaited(Called):
        async def check(self, index: int, value: int) -> Any:
            return said

    assert Owned(Checked).bound(Sequential(), None).check([5]) == wrong
    assert asyncio.run(Owned(Awaited).bound(Asyncio(), None).check([5])) == wrong


class Needs:
    def __init__(self, url: str) -> None:
        self.url = url

    def task(self, index: int) -> None:
        pass


class Before:
    def before(self, index: int) -> None:
        pass

    def task(self, index: int) -> None:
        pass


class Checks:
    def check(self, value: Any) -> None:
        pass

    def task(self, index: int) -> None:
        pass


class Nothing:
    pass


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (Needs, "needs 'url'"),
        (Before, r"before must take \(\), .*before at test_owned.py"),
        (Checks, r"check must take \(index, value\)"),
        (Nothing, "Nothing is a class without task"),
    ],
)
def test_what_nobody_can_call_is_a_value_error(found: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        owned.known(found)


def price(index: int, factor: int = 2) -> int:
    return index * factor


async def aprice(index: int, factor: int = 2, burst: bool = False) -> int:
    return index * factor + 100


async def other(index: int, factor: int = 3) -> int:
    return index


@pytest.mark.parametrize("pair", [Pair(price, aprice), Pair(aprice, price)])
def test_of_two_functions_each_strategy_has_the_one_that_it_can_run(pair: Pair) -> None:
    blocking, awaiting = Sequential(), Asyncio()
    workload = Paired(pair, {"factor": 5})
    assert blocking.run(workload.bind(blocking), 2, 2) == [0, 5]
    assert awaiting.enter(lambda: awaiting.run(workload.bind(awaiting), 2, 2)) == [100, 105]


def test_the_options_of_a_pair_are_those_of_both_where_they_agree() -> None:
    assert set(Pair(price, aprice).options()) == {"factor", "burst"}
    with pytest.raises(ValueError, match="factor is not the same in both: 2, 3"):
        Pair(price, other).options()
    with pytest.raises(ValueError, match="both are async defs"):
        Pair(aprice, other)
