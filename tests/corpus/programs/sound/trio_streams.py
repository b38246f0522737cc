"""A slow server, asked through a stream."""

# under: trio
# tasks: 10

import trio
from slow_peers import slow_http

PORT = slow_http()


async def atask(index):
    async with await trio.open_tcp_stream("127.0.0.1", PORT) as stream:
        await stream.send_all(b"GET / HTTP/1.0\r\n\r\n")
        return [chunk async for chunk in stream]
