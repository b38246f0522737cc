"""A thread of the program waits and works a little, beside the loop."""

# under: asyncio, uvloop

import asyncio
import threading
import time


def watch():
    while True:
        time.sleep(0.01)


threading.Thread(target=watch, daemon=True).start()


async def atask(index):
    await asyncio.sleep(0.06)
