"""A producer and a consumer with a queue between them."""

# under: asyncio, uvloop
# tasks: 4

import asyncio


async def produce(jobs):
    for number in range(10):
        await asyncio.sleep(0.004)
        await jobs.put(number)
    await jobs.put(None)


async def atask(index):
    jobs, total = asyncio.Queue(100), 0
    producing = asyncio.create_task(produce(jobs))
    while (number := await jobs.get()) is not None:
        total += number
    await producing
    return total
