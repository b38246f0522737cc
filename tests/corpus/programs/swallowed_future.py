"""A job is submitted to an executor, and its future is dropped."""

# under: threads, asyncio, uvloop

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

POOL = ThreadPoolExecutor(4)


def refresh(index):
    raise ConnectionError(f"cache {index} is gone")  # OR


def task(index):
    POOL.submit(refresh, index)  # FAULT swallowed-exception
    time.sleep(0.02)
    return index


async def atask(index):
    POOL.submit(refresh, index)  # OR
    await asyncio.sleep(0.02)
    return index
