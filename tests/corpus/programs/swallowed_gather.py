"""gather gives the exceptions back as values, and the values are dropped."""

# under: asyncio, uvloop

import asyncio


async def save(row):
    await asyncio.sleep(0.01)
    raise ValueError(f"row {row} has no key")  # OR


async def atask(index):
    await asyncio.gather(save(1), save(2), return_exceptions=True)  # FAULT swallowed-exception
    return index
