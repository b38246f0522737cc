"""Steps of tasks, as their runtimes tell of them."""

from __future__ import annotations

import asyncio
import asyncio.events
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import trio

from harness.worker.loops import STEPS, kind_of


async def of_asyncio(said: list[str]) -> None:
    async def twice(name: str) -> None:
        said.append(name)
        await asyncio.sleep(0)
        said.append(name)

    await asyncio.gather(twice("a"), twice("b"))


async def of_trio(said: list[str]) -> None:
    async def twice(name: str) -> None:
        said.append(name)
        await trio.lowlevel.checkpoint()
        said.append(name)

    async with trio.open_nursery() as nursery:
        for name in "ab":
            nursery.start_soon(twice, name)


@pytest.mark.parametrize(
    ("runtime", "run", "program"),
    [("asyncio", asyncio.run, lambda call: call()), ("trio", trio.run, lambda call: call)],
)
def test_each_step_of_a_task_is_told_when_it_has_ended(
    runtime: str, run: Callable[..., Any], program: Callable[[Callable[[], Coroutine[Any, Any, None]]], Any]
) -> None:
    said: list[str] = []
    tasks = {"asyncio": of_asyncio, "trio": of_trio}[runtime]

    async def told() -> None:
        end = STEPS[runtime](lambda: said.append("."))
        await tasks(said)
        end()
        await tasks(said)

    run(program(told))
    words = "".join(said)
    steps = words.split(".")
    assert max(map(len, steps[:-1])) == 1  # between two letters one step ended, at least
    assert sorted(words.replace(".", "")) == sorted("aabb" * 2)
    assert len(steps[-1]) >= 4  # and nobody tells of the second time


def test_a_step_that_raises_has_ended_too() -> None:
    def raises() -> None:
        raise KeyboardInterrupt

    async def told() -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(raises)
        await asyncio.sleep(0.01)

    ended: list[int] = []
    end = STEPS["asyncio"](lambda: ended.append(1))
    try:
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(told())
    finally:
        end()
    assert ended
    assert asyncio.events.Handle._run.__qualname__ == "Handle._run"


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (None, None),
        ("asyncio.unix_events._UnixSelectorEventLoop (debug)", "asyncio"),
        ("uvloop.Loop", "uvloop"),
        ("trio.run", "trio"),
        ("mine.Loop", None),
    ],
)
def test_a_loop_is_of_the_kind_that_it_was_found_to_be(found: str | None, kind: str | None) -> None:
    assert kind_of(found) == kind
