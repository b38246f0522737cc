"""A session of aiohttp with room for all."""

# under: asyncio, uvloop
# tasks: 8

import aiohttp
from slow_peers import slow_http

PORT = slow_http()


async def atask(index):
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{PORT}/") as answer:
        return await answer.json()
