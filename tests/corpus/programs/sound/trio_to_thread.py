"""A call that blocks, in a thread."""

# under: trio
# tasks: 8

import time

import trio


async def atask(index):
    await trio.to_thread.run_sync(time.sleep, 0.05)
