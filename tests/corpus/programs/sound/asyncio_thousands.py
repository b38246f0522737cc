"""Two thousand tasks, each of which wakes up some times."""

# under: asyncio, uvloop
# tasks: 2000

import asyncio


async def atask(index):
    for _ in range(3):
        await asyncio.sleep(0.001 * (index % 50))
