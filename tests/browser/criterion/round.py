"""The seconds of ten sleeps of 10 ms under a strategy, in a fresh interpreter: what criterion is given."""

from __future__ import annotations

import sys
import time

TASKS, SECONDS = 10, 0.01


def sequential() -> float:
    began = time.perf_counter()
    for _ in range(TASKS):
        time.sleep(SECONDS)
    return time.perf_counter() - began


def threads() -> float:
    import threading

    began = time.perf_counter()
    tasks = [threading.Thread(target=time.sleep, args=(SECONDS,)) for _ in range(TASKS)]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join()
    return time.perf_counter() - began


def asyncio() -> float:
    import asyncio

    async def run() -> float:
        began = time.perf_counter()
        await asyncio.gather(*(asyncio.sleep(SECONDS) for _ in range(TASKS)))
        return time.perf_counter() - began

    return asyncio.run(run())


def gevent() -> float:
    import gevent

    gevent.sleep(0)
    began = time.perf_counter()
    gevent.joinall([gevent.spawn(gevent.sleep, SECONDS) for _ in range(TASKS)])
    return time.perf_counter() - began


if __name__ == "__main__":
    print(globals()[sys.argv[1]]())
