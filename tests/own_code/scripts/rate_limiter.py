"""Three at a time, by a semaphore of the module."""

import asyncio

limit = asyncio.Semaphore(3)


async def task(index):
    async with limit:
        await asyncio.sleep(0.01)
    return index
