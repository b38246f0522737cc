"""Three requests that do not need each other, one after another."""

# under: asyncio, uvloop

import asyncio


async def fetch(name):
    await asyncio.sleep(0.03)
    return f"the {name}"


async def atask(index):
    user = await fetch("user")  # FAULT sequential-awaits
    orders = await fetch("orders")  # OR
    prices = await fetch("prices")  # OR
    return user, orders, prices
