"""A script's tasks, run by what a person writes who has no harness. It imports nothing of ours.

`python hand.py STRATEGY FILE FUNCTION TASKS` runs one round for each line of its stdin, all of them in one loop, and
prints what each took, seconds."""

from __future__ import annotations

import sys

if __name__ == "__main__" and "gevent-patched" in sys.argv[1:2]:
    import gevent.monkey

    gevent.monkey.patch_all()

import asyncio
import gc
import importlib.util
import inspect
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

Task = Callable[[int], Any]


def one_by_one(task: Task, count: int) -> None:
    for index in range(count):
        task(index)


def in_greenlets(task: Task, count: int) -> None:
    from greenlet import greenlet

    for each in [greenlet(task) for _ in range(count)]:
        each.switch(0)


def in_gevent(task: Task, count: int) -> None:
    import gevent

    gevent.joinall([gevent.spawn(task, index) for index in range(count)], raise_error=True)


def in_threads(task: Task, count: int) -> None:
    threads = [threading.Thread(target=task, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def in_pool(task: Task, count: int) -> None:
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(task, range(count)))


async def in_asyncio(task: Task, count: int) -> None:
    async with asyncio.TaskGroup() as group:
        for index in range(count):
            group.create_task(task(index))


async def in_trio(task: Task, count: int) -> None:
    import trio

    async with trio.open_nursery() as nursery:
        for index in range(count):
            nursery.start_soon(task, index)


def took(began: float) -> None:
    print(time.perf_counter() - began, flush=True)


async def in_turn(run: Callable[..., Any], task: Task, count: int) -> None:
    """All the rounds within one loop; it stands still between them."""
    for _ in sys.stdin:
        gc.collect()
        began = time.perf_counter()
        await run(task, count)
        took(began)


def awaited(task: Task) -> Task:
    """A task for a loop."""

    async def called(index: int) -> Any:
        return task(index)

    return task if inspect.iscoroutinefunction(task) else called


def by_yields(task: Task, count: int) -> None:
    for index in range(count):
        try:
            awaited(task)(index).send(None)
        except StopIteration:
            continue
        raise RuntimeError("it waits for a loop")


BLOCKING = {
    "sequential": one_by_one,
    "greenlet": in_greenlets,
    "generator": by_yields,
    "gevent": in_gevent,
    "gevent-patched": in_gevent,
    "threads": in_threads,
    "thread-pool": in_pool,
}


def main() -> None:
    strategy, file, function, tasks = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("script", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    task, count = getattr(module, function), int(tasks)
    if run := BLOCKING.get(strategy):
        for _ in sys.stdin:
            gc.collect()
            began = time.perf_counter()
            run(task, count)
            took(began)
    elif strategy == "trio":
        import trio

        trio.run(in_turn, in_trio, awaited(task), count)
    elif strategy == "uvloop":
        import uvloop

        uvloop.run(in_turn(in_asyncio, awaited(task), count))
    else:
        asyncio.run(in_turn(in_asyncio, awaited(task), count))


if __name__ == "__main__":
    main()
