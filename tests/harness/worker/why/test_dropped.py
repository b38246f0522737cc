"""Exceptions in a list that is dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from harness.worker.why.dropped import PLACE, listen


async def boom() -> None:
    await asyncio.sleep(0)
    raise ValueError("boom")


def both() -> Any:
    return asyncio.gather(boom(), asyncio.sleep(0), boom(), return_exceptions=True)


async def dropped() -> None:
    await asyncio.gather(boom(), asyncio.sleep(0), boom(), return_exceptions=True)


async def dropped_within() -> None:
    try:
        for _ in range(2):
            await asyncio.gather(boom(), return_exceptions=True)
    finally:
        await asyncio.sleep(0)


async def kept() -> None:
    found = await asyncio.gather(boom(), return_exceptions=True)
    assert isinstance(found[0], ValueError)


async def returned() -> list[Any]:
    return await asyncio.gather(boom(), return_exceptions=True)


async def looked_at() -> None:
    for one in await asyncio.gather(boom(), return_exceptions=True):
        assert isinstance(one, ValueError)


async def tasks_that_are_kept() -> None:
    tasks = [asyncio.create_task(boom())]
    await asyncio.gather(*tasks, return_exceptions=True)


async def awaited_later() -> None:
    all_of_them = both()
    await all_of_them


async def within_a_timeout() -> None:
    await asyncio.wait_for(both(), 5)


async def raises() -> None:
    with pytest.raises(ValueError, match="boom"):
        await asyncio.gather(boom(), boom())


async def nothing_fails() -> None:
    await asyncio.gather(asyncio.sleep(0), return_exceptions=True)


async def cancelled() -> None:
    job = asyncio.create_task(asyncio.sleep(60))
    asyncio.get_running_loop().call_soon(job.cancel)
    await asyncio.gather(asyncio.wait_for(job, 60), return_exceptions=True)


@pytest.mark.parametrize(
    ("program", "times"),
    [
        (dropped, 2), (dropped_within, 2), (kept, 0), (returned, 0), (looked_at, 0), (tasks_that_are_kept, 0),
        (awaited_later, 0), (within_a_timeout, 0), (raises, 0), (nothing_fails, 0), (cancelled, 0),
    ],
)  # fmt: skip
def test_a_list_that_is_dropped(
    program: Callable[[], Coroutine[Any, Any, Any]], times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.worker.why.dropped.is_theirs", lambda _: True)
    heard: list[tuple[str, str]] = []
    end = listen(lambda place, error: heard.append((place, type(error).__name__)))
    asyncio.run(program())
    end()
    asyncio.run(dropped())
    assert heard == [(PLACE, "ValueError")] * times
