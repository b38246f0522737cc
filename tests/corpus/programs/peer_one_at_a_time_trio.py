"""The same server under trio."""

# under: trio
# tasks: 8

import trio
from slow_peers import one_at_a_time

PORT = one_at_a_time(0.02)


async def atask(index):
    stream = await trio.open_tcp_stream("127.0.0.1", PORT)
    async with stream:
        await stream.send_all(b"GET / HTTP/1.0\r\n\r\n")
        return await stream.receive_some(1000)  # FAULT peer-bound
