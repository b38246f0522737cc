"""Long work in chunks of a millisecond, and the loop's turn after each."""

# under: asyncio, uvloop
# tasks: 2

import asyncio


async def atask(index):
    total = 0
    for start in range(0, 400_000, 10_000):
        total += sum(number * number for number in range(start, start + 10_000))
        await asyncio.sleep(0)
    return total
