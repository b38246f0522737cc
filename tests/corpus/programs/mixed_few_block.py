"""Two of twenty tasks sleep by the wrong function; the others wait as they should."""

# under: asyncio, uvloop
# tasks: 20

import asyncio
import time


async def atask(index):
    if index % 10 == 0:
        time.sleep(0.06)  # FAULT waiting
    for _ in range(10):
        await asyncio.sleep(0.005)
