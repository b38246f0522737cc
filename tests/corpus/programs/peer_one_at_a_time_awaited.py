"""The same server, awaited."""

# under: asyncio, uvloop
# tasks: 8

import asyncio

from slow_peers import one_at_a_time

PORT = one_at_a_time(0.02)


async def atask(index):
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    answer = await reader.read(1000)  # FAULT peer-bound
    writer.close()
    return answer
