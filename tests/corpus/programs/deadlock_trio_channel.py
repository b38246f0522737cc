"""All tasks receive from a channel whose sender is open and silent."""

# under: trio

import trio

SEND, RECEIVE = trio.open_memory_channel(0)


async def atask(index):
    return await RECEIVE.receive()  # FAULT deadlock
