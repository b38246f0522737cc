"""A session that is opened, used and closed by each task."""

import asyncio


class Session:
    async def __aenter__(self):
        await asyncio.sleep(0.002)
        self.asked = 0
        return self

    async def __aexit__(self, *_):
        await asyncio.sleep(0.001)

    async def ask(self):
        await asyncio.sleep(0.004)
        self.asked += 1
        return self.asked


async def task(index):
    async with Session() as session:
        return [await session.ask() for _ in range(3)]
