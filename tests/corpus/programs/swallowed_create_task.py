"""A background task fails, and nobody looks at it."""

# under: asyncio, uvloop

import asyncio

KEPT = set()


async def refresh(index):
    await asyncio.sleep(0.01)
    raise ConnectionError(f"cache {index} is gone")  # OR


async def atask(index):
    KEPT.add(asyncio.create_task(refresh(index)))  # FAULT swallowed-exception
    await asyncio.sleep(0.03)
    return index
