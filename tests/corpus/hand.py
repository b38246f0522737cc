"""A program's tasks run by hand, in this process: `python -m tests.corpus.hand RUNTIME FILE FUNCTION TASKS`.

No instruments of ours are on; where CORPUS_COST names a file, the clocks in the program write what its faults took."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

TICK = 0.005


def loaded(file: str, function: str) -> Callable[[int], Any]:
    """A function of a file, whose folder is where it imports from."""
    sys.path.insert(0, str(Path(file).parent))
    spec = importlib.util.spec_from_file_location(Path(file).stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[Path(file).stem] = module
    spec.loader.exec_module(module)
    found: Callable[[int], Any] = getattr(module, function)
    return found


def spawned(task: Callable[[int], Any], tasks: int) -> None:
    """Greenlets beside one that ticks."""
    import gevent

    def tick() -> None:
        while True:
            gevent.sleep(TICK)

    ticking = gevent.spawn(tick)
    gevent.sleep(4 * TICK)
    gevent.joinall([gevent.spawn(task, index) for index in range(tasks)])
    ticking.kill()


async def gathered(task: Callable[[int], Any], tasks: int) -> None:
    """Tasks of asyncio beside one that ticks, as a program's others would."""
    import asyncio

    async def one(index: int) -> None:
        got = task(index)
        await got if hasattr(got, "__await__") else None

    async def tick() -> None:
        while True:
            await asyncio.sleep(TICK)

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(4 * TICK)
    await asyncio.gather(*(asyncio.create_task(one(index)) for index in range(tasks)), return_exceptions=True)
    ticking.cancel()


async def _trio(task: Callable[[int], Any], tasks: int) -> None:
    import trio

    async def one(index: int) -> None:
        got = task(index)
        await got if hasattr(got, "__await__") else None

    async with trio.open_nursery() as nursery:
        for index in range(tasks):
            nursery.start_soon(one, index)


def _threads(task: Callable[[int], Any], tasks: int) -> None:
    started: Iterator[threading.Thread] = (threading.Thread(target=task, args=(index,)) for index in range(tasks))
    threads = list(started)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run(runtime: str, task: Callable[[int], Any], tasks: int) -> None:
    """So many tasks at once under a runtime, until the last has ended."""
    if runtime.startswith("gevent"):
        spawned(task, tasks)
    elif runtime == "threads":
        _threads(task, tasks)
    elif runtime == "trio":
        import trio

        trio.run(_trio, task, tasks)
    else:
        import asyncio

        if runtime == "uvloop":
            import uvloop

            uvloop.run(gathered(task, tasks))
        else:
            asyncio.run(gathered(task, tasks))


def main(runtime: str, file: str, function: str, tasks: int) -> None:
    if runtime == "gevent-patched":
        from gevent import monkey

        monkey.patch_all()
    run(runtime, loaded(file, function), tasks)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
