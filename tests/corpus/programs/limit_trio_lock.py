"""A trio.Lock that is held across an await."""

# under: trio
# tasks: 6

import trio

LOCK = trio.Lock()  # OR


async def atask(index):
    async with LOCK:  # FAULT limit
        await trio.sleep(0.02)
