"""Awaits of which each needs what the last gave: there is nothing to gather."""

# under: asyncio, uvloop

import asyncio


async def fetch(name, of=None):
    await asyncio.sleep(0.03)
    return f"{name} of {of}"


async def atask(index):
    user = await fetch("user", index)
    orders = await fetch("orders", user)
    return await fetch("prices", orders)
