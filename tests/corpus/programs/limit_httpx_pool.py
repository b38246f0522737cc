"""An asynchronous client of httpx2 with four connections."""

# under: asyncio, uvloop, trio
# tasks: 12

import httpx2
from slow_peers import slow_http

PORT = slow_http()
CLIENT = httpx2.AsyncClient(limits=httpx2.Limits(max_connections=4), verify=False)  # OR


async def atask(index):
    answer = await CLIENT.get(f"http://127.0.0.1:{PORT}/")  # FAULT limit
    return answer.json()
