"""Locks of both kinds, held for microseconds."""

# under: asyncio, uvloop
# tasks: 100

import asyncio
import threading

LOCK, OTHER = asyncio.Lock(), threading.Lock()
COUNTS = {}


async def atask(index):
    async with LOCK:
        COUNTS[index] = COUNTS.get(index, 0) + 1
    await asyncio.sleep(0.02)
    with OTHER:
        COUNTS[index] -= 1
