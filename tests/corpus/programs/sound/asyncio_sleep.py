"""Tasks that wait by the loop."""

# under: asyncio, uvloop
# tasks: 50

import asyncio


async def atask(index):
    await asyncio.sleep(0.05)
