"""Tasks that wait by trio."""

# under: trio
# tasks: 50

import trio


async def atask(index):
    await trio.sleep(0.05)
