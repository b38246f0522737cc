"""All tasks await an event that nobody sets."""

# under: asyncio, uvloop

import asyncio

READY = asyncio.Event()


async def atask(index):
    await READY.wait()  # FAULT deadlock
