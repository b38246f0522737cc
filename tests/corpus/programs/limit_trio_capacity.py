"""trio's CapacityLimiter of three."""

# under: trio
# tasks: 12

import trio

LIMIT = trio.CapacityLimiter(3)  # OR


async def atask(index):
    async with LIMIT:  # FAULT limit
        await trio.sleep(0.04)
