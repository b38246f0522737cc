"""A call that blocks, in a thread, with fewer tasks than threads."""

# under: asyncio, uvloop
# tasks: 4

import asyncio
import time


async def atask(index):
    await asyncio.to_thread(time.sleep, 0.05)
