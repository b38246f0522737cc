"""An asyncio.Lock that is held across an await (as httpcore's pool once was, encode/httpx#3215)."""

# under: asyncio, uvloop
# tasks: 6

import asyncio

LOCK = asyncio.Lock()  # OR


async def atask(index):
    async with LOCK:  # FAULT limit
        await asyncio.sleep(0.02)
