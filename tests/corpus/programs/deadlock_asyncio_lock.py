"""A lock that is no RLock, taken again by who holds it, two functions further down."""

# under: asyncio, uvloop

import asyncio

LOCK = asyncio.Lock()


async def store(index):
    async with LOCK:  # FAULT deadlock
        return index


async def atask(index):
    async with LOCK:  # OR
        return await store(index)
