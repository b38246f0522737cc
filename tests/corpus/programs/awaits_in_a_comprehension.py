"""The same by a comprehension, which reads as if it were one step."""

# under: asyncio, uvloop

import asyncio


async def fetch(number):
    await asyncio.sleep(0.03)
    return number


async def atask(index):
    return [await fetch(number) for number in range(4)]  # FAULT sequential-awaits
