"""A client that can only be awaited, called from a greenlet: its loop keeps the hub."""

# under: gevent

import asyncio


async def fetch():
    await asyncio.sleep(0.02)
    return "a page"


def task(index):
    return asyncio.run(fetch())  # FAULT blocked-loop waiting
