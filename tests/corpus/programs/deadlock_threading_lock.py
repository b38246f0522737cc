"""A threading.Lock across an await: the second task waits for it, and so the first can never go on."""

# under: asyncio, uvloop
# tasks: 2

import asyncio
import threading

LOCK = threading.Lock()


async def atask(index):
    with LOCK:  # FAULT deadlock
        await asyncio.sleep(0.02)
