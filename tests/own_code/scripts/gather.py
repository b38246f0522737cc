"""Several waits at once in each task."""

import asyncio


async def page(number):
    await asyncio.sleep(0.005 + number / 1000)
    return number


async def task(index):
    return sum(await asyncio.gather(*[page(number) for number in range(5)]))
