"""All tasks await a trio.Event that nobody sets."""

# under: trio

import trio

READY = trio.Event()


async def atask(index):
    await READY.wait()  # FAULT deadlock
