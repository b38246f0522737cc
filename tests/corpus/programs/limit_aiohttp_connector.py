"""aiohttp's connector with a limit of four connections."""

# under: asyncio, uvloop
# tasks: 12

import aiohttp
from slow_peers import slow_http

PORT = slow_http()
SESSIONS = []


async def atask(index):
    if not SESSIONS:
        SESSIONS.append(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=4)))  # OR
    async with SESSIONS[0].get(f"http://127.0.0.1:{PORT}/") as answer:  # FAULT limit
        return await answer.json()
