"""A semaphore that has room for all."""

# under: asyncio, uvloop
# tasks: 20

import asyncio

LIMIT = asyncio.Semaphore(100)


async def atask(index):
    async with LIMIT:
        await asyncio.sleep(0.03)
