"""A blocking call, made in a thread of asyncio's."""

import asyncio
import time


def blocking(index):
    time.sleep(0.01)
    return index


async def task(index):
    return await asyncio.to_thread(blocking, index)
