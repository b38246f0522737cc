"""What a program keeps for its one loop, in a module or an object."""

import asyncio
import os

gate = asyncio.Semaphore(2)
hold = asyncio.Lock()
queue = asyncio.Queue(1)
told = asyncio.Event()
kept = {}


async def limited(index):
    async with gate:
        await asyncio.sleep(0.005)
        return index


async def locked(index):
    async with hold:
        await asyncio.sleep(0.002)
        return index


async def queued(index):
    await queue.put(index)
    await asyncio.sleep(0.002)
    return await queue.get()


async def session(index):
    import aiohttp

    if "session" not in kept:
        kept["session"] = aiohttp.ClientSession()
    async with kept["session"].get(os.environ["PAGE"]) as reply:
        return len(await reply.read())


async def told_once(index):
    told.set()
    await told.wait()
    await asyncio.sleep(0.001)
    return index


class Connection:
    """A pool of one connection that lives as long as its loop."""

    def __init__(self):
        self.task = None
        self.asked = asyncio.Queue()

    async def serve(self):
        while True:
            answer, value = await self.asked.get()
            answer.set_result(value)

    async def ask(self, index):
        if self.task is None:
            self.task = asyncio.create_task(self.serve())
        answer = asyncio.get_running_loop().create_future()
        await self.asked.put((answer, index))
        return await answer


connection = Connection()
ask = connection.ask
