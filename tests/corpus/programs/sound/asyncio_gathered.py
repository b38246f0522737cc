"""What can go at once, gathered, and in a group."""

# under: asyncio, uvloop

import asyncio


async def fetch(name):
    await asyncio.sleep(0.03)
    return name


async def atask(index):
    both = await asyncio.gather(fetch("user"), fetch("orders"))
    async with asyncio.TaskGroup() as group:
        prices, stock = group.create_task(fetch("prices")), group.create_task(fetch("stock"))
    return [*both, prices.result(), stock.result()]
