"""A semaphore of three, left over from a test, before a call that twelve tasks make."""

# under: asyncio, uvloop
# tasks: 12

import asyncio

LIMIT = asyncio.Semaphore(3)  # OR


async def atask(index):
    async with LIMIT:  # FAULT limit
        await asyncio.sleep(0.04)
