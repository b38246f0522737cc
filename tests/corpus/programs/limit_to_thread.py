"""`asyncio.to_thread` has min(32, cores + 4) threads, and gets a hundred calls."""

# under: asyncio, uvloop
# tasks: 100

import asyncio
import time


async def atask(index):
    await asyncio.to_thread(time.sleep, 0.02)  # FAULT limit
