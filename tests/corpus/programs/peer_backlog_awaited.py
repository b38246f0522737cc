"""The listen queue that overflows, awaited."""

# under: asyncio, uvloop
# tasks: 8

import asyncio

from slow_peers import late_acceptor

PORT = late_acceptor(0.3)


async def atask(index):
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)  # FAULT peer-bound
    answer = await reader.read(10)  # OR
    writer.close()
    return answer
