"""A type makes a long list, of which CPython 3.11 tells nothing, and then something is awaited."""

# under: asyncio, uvloop

import asyncio

TEXTS = [f"{number}" for number in range(600_000)]


async def atask(index):
    # CLOCK ON
    numbers = list(map(int, TEXTS))  # FAULT computing
    await nap()
    return len(numbers)


async def nap():
    # CLOCK OFF
    await asyncio.sleep(0.01)
