"""A slow server, asked through streams."""

# under: asyncio, uvloop
# tasks: 10

import asyncio

from slow_peers import slow_http

PORT = slow_http()


async def atask(index):
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer
