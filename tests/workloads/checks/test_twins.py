"""Two texts that differ by async and await alone, and two that do not."""

from __future__ import annotations

from typing import Any

from harness.workloads.checks.twins import difference


def test_a_difference_in_the_text_is_seen() -> None:
    def task(io: Any, index: int) -> int:
        io.sleep(index)
        return index

    async def async_task(io: Any, index: int) -> int:
        await io.sleep(index + 1)
        return index

    assert "+    io.sleep(index + 1)" in difference(task, async_task)


def test_async_and_await_are_none() -> None:
    def task(io: Any, index: int) -> int:
        with io.open() as lines:
            for line in lines:
                io.keep(line)
        return index

    async def async_task(io: Any, index: int) -> int:
        async with io.open() as lines:
            async for line in lines:
                await io.async_keep(line)
        return index

    assert difference(task, async_task) == ""
