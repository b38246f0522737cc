"""The loop's default executor, given a hundred calls that wait."""

# under: asyncio, uvloop
# tasks: 100

import asyncio
import time


async def atask(index):
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, time.sleep, 0.02)  # FAULT limit
